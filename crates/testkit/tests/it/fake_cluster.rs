//! What the fake cluster promises to other tests: that it answers as the real one does, and obeys the test's hand.

mod caller;
mod contents;
mod faults;
mod issuers;
mod like_the_real_one;
mod onlooker;
mod pair;
mod tokens;
