//! What the real cluster promises to other tests: its life cycle, that its controllers work, and its tokens.

mod api;
mod controllers;
mod lifecycle;
mod tokens;
