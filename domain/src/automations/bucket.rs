//! How a trigger on events counts: one bucket at a time for each key.
//!
//! A bucket has a range of time and a count. What becomes of it at an event, or as time passes, is a value
//! that goes out; the caller keeps it.

use crate::automations::trigger::{EventTrigger, Posture};
use crate::events::Event;
use crate::time::Timestamp;

/// Events may come in another order than they happened: a first bucket reaches back so many seconds.
const LOOKBACK: f64 = 15.0 * 60.0;

/// The events of one key that a trigger counts together.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    pub start: Timestamp,
    pub end: Timestamp,
    pub count: i64,
    pub last_event: Option<Event>,
}

/// What came of a look at a bucket.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// What takes the bucket's place, if anything.
    pub bucket: Option<Bucket>,
    /// Whether the trigger fires, and the event that it fires about, if there was one.
    pub fired: Option<Option<Event>>,
}

impl Verdict {
    fn keep(bucket: Option<Bucket>) -> Self {
        Verdict { bucket, fired: None }
    }
}

impl EventTrigger {
    /// An event that the trigger covers has come. The one that the waiting begins with is not counted.
    pub fn hear(&self, bucket: Option<Bucket>, event: &Event) -> Verdict {
        let (starts, expected) = (self.starts_after(&event.event), self.expects(&event.event));
        match bucket {
            Some(bucket) if starts && self.is_done(&bucket, event.occurred) => self.begin_again(bucket, event),
            Some(bucket) if expected => self.judge(bucket, event.occurred, Some(event)),
            Some(bucket) if starts && event.occurred >= bucket.start => {
                Verdict::keep(Some(Bucket { last_event: Some(event.clone()), ..bucket }))
            }
            None if starts => Verdict::keep(Some(self.open(event.occurred, Some(event)))),
            None if self.after.is_empty() && expected => {
                let bucket = self.open(event.occurred, Some(event));
                let bucket = Bucket { start: event.occurred.plus_seconds(-LOOKBACK), ..bucket };
                self.judge(bucket, event.occurred, Some(event))
            }
            other => Verdict::keep(other),
        }
    }

    /// Waits anew from the event on. Of the time before it is only now known that nothing came.
    fn begin_again(&self, before: Bucket, event: &Event) -> Verdict {
        let is_missed = self.posture == Posture::Proactive && before.count < self.threshold;
        let opened = self.open(event.occurred, Some(event));
        Verdict { bucket: Some(opened), fired: is_missed.then_some(before.last_event) }
    }

    /// Time has passed; for triggers that notice absence.
    pub fn look(&self, bucket: Option<Bucket>, now: Timestamp) -> Verdict {
        // What has seen enough is done: without `after` and keys the next one begins at once.
        let unmet = bucket.filter(|bucket| bucket.count < self.threshold);
        match unmet {
            Some(bucket) => self.judge(bucket, now, None),
            None if self.after.is_empty() && self.for_each.is_empty() => Verdict::keep(Some(self.open(now, None))),
            None => Verdict::default(),
        }
    }

    /// Whether a bucket that was opened by an event has nothing left to wait for.
    fn is_done(&self, bucket: &Bucket, now: Timestamp) -> bool {
        let is_over = bucket.end <= now && !self.is_immediate();
        is_over || (self.posture == Posture::Proactive && bucket.count >= self.threshold)
    }

    fn open(&self, start: Timestamp, event: Option<&Event>) -> Bucket {
        Bucket { start, end: start.plus_seconds(self.within), count: 0, last_event: event.cloned() }
    }

    fn judge(&self, mut bucket: Bucket, now: Timestamp, event: Option<&Event>) -> Verdict {
        if now < bucket.start {
            // It belongs to a time that is over, such as the rest of one in which the trigger has fired.
            return Verdict::keep(Some(bucket));
        }
        let mut uncounted = event;
        if let Some(event) = event.filter(|_| self.is_immediate() || now < bucket.end) {
            bucket.count += 1;
            bucket.last_event = Some(event.clone());
            uncounted = None;
        }
        let is_due = self.posture == Posture::Reactive || bucket.end <= now;
        let fires = is_due && self.is_met(bucket.count);
        if !fires && now < bucket.end {
            return Verdict::keep(Some(self.reopened(bucket, event)));
        }
        if !fires {
            return self.next(bucket, now, uncounted, false);
        }
        let about = event.cloned().or_else(|| bucket.last_event.clone());
        Verdict { fired: Some(about), ..self.next(bucket, now, uncounted, true) }
    }

    /// What the trigger fires at: enough events, or too few when their time is over.
    fn is_met(&self, count: i64) -> bool {
        match self.posture {
            Posture::Reactive => count >= self.threshold,
            Posture::Proactive => count < self.threshold,
        }
    }

    /// Where the same events are waited for that the waiting begins with, such as heartbeats, enough of them
    /// begin it anew.
    fn reopened(&self, bucket: Bucket, event: Option<&Event>) -> Bucket {
        match event {
            Some(event)
                if self.posture == Posture::Proactive
                    && bucket.count >= self.threshold
                    && self.starts_after(&event.event) =>
            {
                self.open(event.occurred, Some(event))
            }
            _ => bucket,
        }
    }

    /// What follows on a bucket that has fired or whose time is over. An event that it could not count goes
    /// into the next one.
    fn next(&self, bucket: Bucket, now: Timestamp, uncounted: Option<&Event>, fired: bool) -> Verdict {
        if self.is_immediate() {
            return Verdict::keep((!fired).then_some(bucket));
        }
        if !self.after.is_empty() {
            return Verdict::default();
        }
        let next = self.open(bucket.end.max(now), None);
        match uncounted {
            Some(event) if self.posture == Posture::Reactive && !fired => self.judge(next, now, Some(event)),
            Some(event) => Verdict::keep(Some(Bucket { count: 1, last_event: Some(event.clone()), ..next })),
            None => Verdict::keep(Some(next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::automations::Trigger;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(seconds)
    }

    fn event(name: &str, seconds: f64) -> Event {
        serde_json::from_value(json!({
            "occurred": at(seconds), "event": name, "id": "01a20981-a646-72bd-84ec-ad8a9fa5232b",
            "resource": { "prefect.resource.id": "r" },
        }))
        .expect("an event")
    }

    fn trigger(value: Value) -> EventTrigger {
        match serde_json::from_value(value).expect("a trigger") {
            Trigger::Event(trigger) => trigger,
            other => panic!("no trigger on events: {other:?}"),
        }
    }

    /// Steps, and at which of them the trigger fires.
    type Case = (&'static [(&'static str, f64)], &'static [f64]);

    /// At which of these steps the trigger fires. A step without a name is a look.
    fn fires(value: Value, steps: &[(&str, f64)]) -> Vec<f64> {
        let trigger = trigger(value);
        let (mut bucket, mut fired) = (None, Vec::new());
        for &(name, seconds) in steps {
            let verdict = match name {
                "" => trigger.look(bucket, at(seconds)),
                name => trigger.hear(bucket, &event(name, seconds)),
            };
            fired.extend(verdict.fired.map(|_| seconds));
            bucket = verdict.bucket;
        }
        fired
    }

    #[test]
    fn presence() {
        let every = json!({ "posture": "Reactive", "expect": ["a"] });
        assert_eq!(fires(every, &[("a", 1.0), ("a", 2.0), ("a", 2.0)]), [1.0, 2.0, 2.0]);

        let hardly = json!({ "posture": "Reactive", "within": 1e-7, "threshold": 2 });
        assert_eq!(fires(hardly, &[("a", 1.0), ("a", 2.0), ("a", 3.0)]), [2.0]);

        let third = json!({ "posture": "Reactive", "threshold": 3 });
        assert_eq!(fires(third, &[("a", 0.0), ("a", 5000.0), ("a", 4000.0), ("a", 1.0), ("a", 9000.0)]), [4000.0]);

        let two_in_ten = json!({ "posture": "Reactive", "threshold": 2, "within": 10 });
        let cases: [Case; 4] = [
            (&[("a", 0.0), ("a", 9.0)], &[9.0]),
            (&[("a", 0.0), ("a", 11.0), ("a", 12.0)], &[12.0]),
            // Having fired, it rests until its time is over, even for events that come late.
            (&[("a", 0.0), ("a", 1.0), ("a", 8.0), ("a", 9.0), ("a", 2.0), ("a", 11.0), ("a", 12.0)], &[1.0, 12.0]),
            // The first bucket takes what happened before its first event.
            (&[("a", 5.0), ("a", 4.0)], &[4.0]),
        ];
        for (steps, want) in cases {
            assert_eq!(fires(two_in_ten.clone(), steps), want, "{steps:?}");
        }
        let one_in_ten = json!({ "posture": "Reactive", "within": 10 });
        assert_eq!(fires(one_in_ten, &[("a", 0.0), ("a", 3.0), ("a", 50.0), ("a", 51.0)]), [0.0, 50.0]);
    }

    #[test]
    fn presence_after_something_else() {
        let after = json!({ "posture": "Reactive", "after": ["s"], "expect": ["a"], "within": 10 });
        let cases: [Case; 5] = [
            (&[("a", 0.0)], &[]),
            (&[("s", 0.0), ("a", 1.0), ("a", 2.0)], &[1.0]),
            (&[("s", 0.0), ("a", 11.0), ("a", 12.0)], &[]),
            (&[("s", 5.0), ("a", 1.0)], &[]),
            // What was waited for in vain does not keep the next time from being waited for.
            (&[("s", 0.0), ("s", 20.0), ("a", 25.0)], &[25.0]),
        ];
        for (steps, want) in cases {
            assert_eq!(fires(after.clone(), steps), want, "{steps:?}");
        }
        let same = json!({ "posture": "Reactive", "after": ["a"], "expect": ["a"], "within": 10 });
        assert_eq!(fires(same, &[("a", 0.0), ("a", 1.0), ("a", 2.0), ("a", 3.0)]), [1.0, 3.0]);
        let whenever = json!({ "posture": "Reactive", "after": ["s"], "expect": ["a"], "threshold": 2 });
        assert_eq!(fires(whenever, &[("s", 0.0), ("a", 100.0), ("a", 900.0), ("a", 901.0)]), [900.0]);
    }

    #[test]
    fn absence() {
        let silence = json!({ "posture": "Proactive", "within": 10 });
        let cases: [Case; 3] = [
            (&[("", 0.0), ("", 5.0), ("", 10.0), ("", 15.0), ("", 20.0)], &[10.0, 20.0]),
            (&[("", 0.0), ("a", 8.0), ("", 10.0), ("", 15.0), ("", 20.0)], &[20.0]),
            (&[("a", 0.0), ("", 5.0), ("", 14.0), ("", 15.0)], &[15.0]),
        ];
        for (steps, want) in cases {
            assert_eq!(fires(silence.clone(), steps), want, "{steps:?}");
        }
        let stuck = json!({ "posture": "Proactive", "after": ["s"], "expect": ["e"], "within": 10 });
        let cases: [Case; 6] = [
            (&[("", 0.0), ("", 50.0)], &[]),
            (&[("s", 0.0), ("", 9.0), ("", 10.0), ("", 30.0)], &[10.0]),
            (&[("s", 0.0), ("e", 9.0), ("", 10.0), ("s", 20.0), ("", 30.0)], &[30.0]),
            // The event that shows how late it is lets it fire without a look.
            (&[("s", 0.0), ("e", 12.0), ("", 15.0)], &[12.0]),
            // It begins again before anybody has looked.
            (&[("s", 0.0), ("e", 1.0), ("s", 2.0), ("", 11.0), ("", 12.0)], &[12.0]),
            (&[("s", 0.0), ("s", 20.0), ("", 29.0), ("", 30.0)], &[20.0, 30.0]),
        ];
        for (steps, want) in cases {
            assert_eq!(fires(stuck.clone(), steps), want, "{steps:?}");
        }
        let beats = json!({ "posture": "Proactive", "after": ["b"], "expect": ["b", "end"], "within": 10 });
        let cases: [Case; 2] = [
            (&[("b", 0.0), ("b", 8.0), ("", 10.0), ("b", 16.0), ("", 25.0), ("", 26.0), ("", 40.0)], &[26.0]),
            (&[("b", 0.0), ("b", 8.0), ("end", 12.0), ("", 18.0), ("", 40.0)], &[]),
        ];
        for (steps, want) in cases {
            assert_eq!(fires(beats.clone(), steps), want, "{steps:?}");
        }
    }

    #[test]
    fn it_fires_about_the_event_that_did_it_or_the_last_one() {
        let first = event("a", 0.0);
        let reactive = trigger(json!({ "posture": "Reactive" })).hear(None, &first);
        assert_eq!((reactive.fired, reactive.bucket), (Some(Some(first.clone())), None));
        let proactive = trigger(json!({ "posture": "Proactive", "after": ["a"], "expect": ["b"], "within": 10 }));
        let waiting = proactive.hear(None, &first).bucket;
        assert_eq!(proactive.look(waiting, at(11.0)).fired, Some(Some(first)));
        let never = trigger(json!({ "posture": "Proactive", "within": 10 }));
        let waiting = never.look(None, at(0.0)).bucket;
        assert_eq!(never.look(waiting, at(11.0)).fired, Some(None));
    }
}
