//! Recovery codes: ten, each of 80 random bits, each good for one sign-in.

use mayfly_domain::{clock::Ambient, sensitive::Sensitive};

use super::base32;
use crate::secret_text;

/// How many a person gets.
const NUMBER: usize = 10;

/// New ones, such as `abcd-efgh-ijkl-mnop`.
pub(super) fn generate(ambient: &Ambient) -> Vec<Sensitive<String>> {
    let code = |_| {
        let letters = base32::encode(&ambient.random::<10>()).to_lowercase();
        let groups: Vec<String> =
            letters.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        Sensitive::new(groups.join("-"))
    };
    (0..NUMBER).map(code).collect()
}

/// What is stored of one. Hyphens, blanks and case are for people.
pub(super) fn digest(code: &Sensitive<String>) -> Vec<u8> {
    let letters: String = code.expose().chars().filter(char::is_ascii_alphanumeric).collect();
    secret_text::digest_of(&letters.to_ascii_lowercase())
}
