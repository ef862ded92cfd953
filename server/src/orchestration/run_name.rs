//! Names for runs that were given none: an adjective and an animal.

use domain::Uuid;

/// A name made of the random bits of a run's id, so that the same id has the same name.
pub fn run_name(id: Uuid) -> String {
    let (_, random) = id.as_u64_pair();
    let (first, second) = ((random & 0xffff_ffff) as usize, (random >> 32 & 0x0fff_ffff) as usize);
    format!("{}-{}", ADJECTIVES[first % ADJECTIVES.len()], ANIMALS[second % ANIMALS.len()])
}

const ADJECTIVES: [&str; 179] = [
    "able", "agile", "airy", "alert", "amber", "ample", "amused", "ancient", "apt", "ardent", "artful", "ashen",
    "astute", "attentive", "august", "avid", "azure", "balmy", "beaming", "blithe", "blue", "bold", "brave", "breezy",
    "bright", "brisk", "bronze", "bubbly", "busy", "calm", "candid", "careful", "cheerful", "chestnut", "chic", "civil",
    "clever", "cobalt", "cordial", "cosmic", "cozy", "crafty", "crimson", "crisp", "curious", "dapper", "daring",
    "dashing", "deft", "determined", "devoted", "diligent", "dreamy", "dusky", "eager", "earnest", "earthy", "easy",
    "elated", "elegant", "eloquent", "emerald", "epic", "fabled", "fair", "faithful", "famous", "fearless", "festive",
    "fine", "fleet", "fluent", "fond", "frank", "fresh", "friendly", "frosty", "gallant", "gentle", "gifted", "glad",
    "gleaming", "golden", "graceful", "grand", "grateful", "green", "handy", "happy", "hardy", "hasty", "hazel",
    "hearty", "honest", "hopeful", "humble", "indigo", "intrepid", "ivory", "jade", "jolly", "jovial", "joyful", "keen",
    "kind", "lavender", "lively", "loyal", "lucid", "lucky", "lunar", "magenta", "mellow", "merry", "mighty", "mindful",
    "misty", "modest", "mossy", "muted", "neat", "nimble", "noble", "olive", "opal", "orderly", "patient", "pearly",
    "pensive", "placid", "plucky", "polished", "polite", "prompt", "proud", "prudent", "quick", "quiet", "radiant",
    "rapid", "ready", "regal", "robust", "rosy", "rugged", "russet", "rustic", "sage", "scarlet", "sedate", "serene",
    "silent", "silver", "sincere", "sleek", "smart", "snowy", "solar", "solid", "spry", "stately", "steady", "sunny",
    "supple", "swift", "tactful", "tidy", "tranquil", "trusty", "upbeat", "valiant", "velvet", "vivid", "warm", "wily",
    "windy", "wise", "witty", "zesty",
];

const ANIMALS: [&str; 180] = [
    "addax", "albatross", "alpaca", "anchovy", "ant", "antelope", "armadillo", "auk", "avocet", "axolotl", "badger",
    "bandicoot", "barbet", "barnacle", "bat", "bear", "beaver", "bee", "beetle", "bilby", "bison", "bittern", "boar",
    "bobcat", "bongo", "budgie", "buffalo", "bulbul", "bumblebee", "bunting", "bustard", "buzzard", "caiman", "camel",
    "capybara", "caracal", "caribou", "carp", "cassowary", "cat", "chameleon", "chamois", "cheetah", "chickadee",
    "chinchilla", "chipmunk", "civet", "clam", "coati", "cockatoo", "cod", "condor", "coot", "coral", "cormorant",
    "cougar", "coyote", "crab", "crane", "cricket", "crow", "cuckoo", "curlew", "deer", "dhole", "dingo", "dolphin",
    "dormouse", "dove", "dragonfly", "duck", "dugong", "dunlin", "eagle", "eel", "egret", "eland", "elk", "emu",
    "ermine", "falcon", "fennec", "ferret", "finch", "flamingo", "flounder", "fossa", "fox", "frog", "gannet", "gazelle",
    "gecko", "genet", "gerbil", "gibbon", "giraffe", "goat", "goldfinch", "goose", "gopher", "goshawk", "grebe",
    "grouse", "guanaco", "gull", "hamster", "hare", "harrier", "hedgehog", "heron", "hoopoe", "hornbill", "horse",
    "hummingbird", "hyrax", "ibex", "ibis", "iguana", "impala", "jackal", "jaguar", "jay", "jerboa", "kakapo",
    "kangaroo", "kestrel", "kingfisher", "kite", "kiwi", "koala", "kudu", "ladybug", "lapwing", "lark", "lemming",
    "lemur", "leopard", "linnet", "lion", "llama", "lobster", "loon", "loris", "lynx", "macaw", "magpie", "manatee",
    "marlin", "marmot", "marten", "meerkat", "mink", "mole", "mongoose", "moose", "moth", "mouse", "narwhal", "newt",
    "nightjar", "numbat", "ocelot", "octopus", "okapi", "oriole", "oryx", "osprey", "otter", "owl", "panda", "parrot",
    "pelican", "penguin", "puffin", "puma", "quail", "rabbit", "raven", "robin", "seal",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_distinct_and_fit_a_url() {
        for words in [ADJECTIVES.as_slice(), ANIMALS.as_slice()] {
            assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
            assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
        }
    }

    #[test]
    fn ids_of_one_moment_have_different_names() {
        let names: HashSet<String> = (0..200).map(|_| run_name(crate::clock::new_id())).collect();
        assert!(names.len() > 190, "{}", names.len());
    }
}
