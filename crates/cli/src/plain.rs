//! Text of others, as it may be shown: it colours nothing, moves nothing and turns nothing.

use std::{borrow::Cow, fmt::Write as _};

/// `text` with the numbers of its control characters, line breaks among them.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    shown(text, char::is_control)
}

/// The same for text of several lines, which JSON stays JSON in: what is replaced is as JSON has it.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    shown(text, |character| character.is_control() && !matches!(character, '\n' | '\t'))
}

fn shown(text: &str, is_control: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_harmful = |character: char| is_control(character) || is_turning(character);
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_harmful(character) {
            // None of them is beyond the first plane, and writing to a text cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Characters that have no shape and change how those around them are shown (Unicode TR9, TR36).
const fn is_turning(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_line_breaks_and_turned_text_are_numbers() {
        assert_eq!(cell("a\u{1b}[31m\r\nb\u{9b}1m"), "a\\u001b[31m\\u000d\\u000ab\\u009b1m");
        assert_eq!(cell("\u{202e}cod.exe\u{2066}"), "\\u202ecod.exe\\u2066");
        assert_eq!(lines("a\tb\nc\u{7}"), "a\tb\nc\\u0007");
        assert!(matches!(lines("Zoë, 日本, \u{1f600}"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_says_the_same_as_before() {
        let value = serde_json::json!({"name": "\u{202e}x\u{9b}\u{7f}\u{1b}"});
        let text = serde_json::to_string(&value).unwrap();
        let shown = lines(&text);
        assert!(shown.is_ascii(), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
