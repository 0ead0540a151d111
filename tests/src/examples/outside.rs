//! The suites that need tools of the outside.
