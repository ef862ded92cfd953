//! The loops: one file each; `tick` is a plain function that a test can call.
