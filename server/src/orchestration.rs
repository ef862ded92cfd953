//! Decisions that change runs: one file each, one transaction each.
