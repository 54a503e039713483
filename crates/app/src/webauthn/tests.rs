//! What is read and what is refused, step by step, of authenticators that share no code with ours.

mod answers;
mod forms;
mod vectors;

use mayfly_domain::passkey::RelyingParty;

/// A server at a name.
fn party(id: &str) -> RelyingParty {
    RelyingParty { id: id.to_owned(), origin: format!("https://{id}") }
}
