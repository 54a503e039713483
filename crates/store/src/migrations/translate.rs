//! One text, two dialects.
//!
//! Migrations are written in neutral types, in capitals: `TEXT`, `BIGINT`, `BOOLEAN`, `BYTEA`. SQLite's strict tables
//! know other names for them; PostgreSQL gets the byte order of text spelled out, so that both sort and page alike.

/// Which database a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// What `text` may not contain: the two databases would not do the same with it.
const REFUSED: [&str; 8] =
    ["DEFERRABLE", "TRIGGER", "FUNCTION", "SERIAL", "AUTOINCREMENT", "REAL", "NUMERIC", "TIMESTAMP"];

/// The statements of `text`, for `dialect`, without comments.
pub(crate) fn translate(text: &str, dialect: Dialect) -> Result<Vec<String>, String> {
    statements(text).into_iter().map(|statement| translate_statement(&statement, dialect)).collect()
}

fn translate_statement(statement: &str, dialect: Dialect) -> Result<String, String> {
    let words = words(statement);
    if let Some(word) = words.iter().find(|word| REFUSED.contains(word)) {
        return Err(format!("`{word}` means different things to the two databases"));
    }
    let table = statement.starts_with("CREATE TABLE");
    if !table && !statement.starts_with("ALTER TABLE") {
        return Ok(statement.to_owned());
    }
    let mut translated: String = words.into_iter().map(|word| type_name(word, dialect)).collect();
    if table && dialect == Dialect::Sqlite {
        translated.push_str(" STRICT");
    }
    Ok(translated)
}

fn type_name(word: &str, dialect: Dialect) -> &str {
    match (dialect, word) {
        (Dialect::Sqlite, "BIGINT") => "INTEGER",
        // Both are integers; the other name keeps what was meant readable from the schema.
        (Dialect::Sqlite, "BOOLEAN") => "INT",
        (Dialect::Sqlite, "BYTEA") => "BLOB",
        (Dialect::Postgres, "TEXT") => "TEXT COLLATE \"C\"",
        _ => word,
    }
}

/// Cuts `text` at the semicolons outside of literals, and drops comments and what is blank.
fn statements(text: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let mut quoted = false;
    for line in text.lines() {
        let mut previous = ' ';
        for character in line.chars() {
            if character == '\'' {
                quoted = !quoted;
            }
            if !quoted && previous == '-' && character == '-' {
                pop(&mut statements);
                break;
            }
            if !quoted && character == ';' {
                statements.push(String::new());
            } else if let Some(last) = statements.last_mut() {
                last.push(character);
            }
            previous = character;
        }
        if let Some(last) = statements.last_mut() {
            last.push('\n');
        }
    }
    statements.iter().map(|statement| statement.trim().to_owned()).filter(|statement| !statement.is_empty()).collect()
}

fn pop(statements: &mut [String]) {
    if let Some(last) = statements.last_mut() {
        last.pop();
    }
}

/// `statement` cut into words and what stands between them; joined again they give the same text. A literal is one
/// piece.
fn words(statement: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let length = match first {
            '\'' => rest.char_indices().skip(1).find(|(_, character)| *character == '\'').map(|(at, _)| at + 1),
            _ if is_word(first) => rest.find(|character| !is_word(character)),
            _ => rest.find(|character| is_word(character) || character == '\''),
        };
        let (word, after) = rest.split_at(length.unwrap_or(rest.len()));
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
-- A comment; with a semicolon.
CREATE TABLE t (
    id TEXT NOT NULL PRIMARY KEY, -- TEXT
    size BIGINT, open BOOLEAN, body BYTEA,
    kind TEXT DEFAULT 'TEXT; it''s -- BYTEA',
    lines TEXT DEFAULT 'one;
two'
);
INSERT INTO t (id) VALUES (CAST(1 AS TEXT));
";

    #[test]
    fn types_are_translated_in_tables_and_nowhere_else() {
        let [sqlite, insert] = <[String; 2]>::try_from(translate(TEXT, Dialect::Sqlite).unwrap()).unwrap();
        assert!(sqlite.contains("size INTEGER, open INT, body BLOB"), "{sqlite}");
        assert!(sqlite.contains("DEFAULT 'TEXT; it''s -- BYTEA'") && sqlite.ends_with(") STRICT"), "{sqlite}");
        assert_eq!(insert, "INSERT INTO t (id) VALUES (CAST(1 AS TEXT))");
        let [postgres, insert] = <[String; 2]>::try_from(translate(TEXT, Dialect::Postgres).unwrap()).unwrap();
        assert!(postgres.contains("id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, \n"), "{postgres}");
        assert!(postgres.contains("kind TEXT COLLATE \"C\" DEFAULT 'TEXT; it''s -- BYTEA'"), "{postgres}");
        assert_eq!(insert, "INSERT INTO t (id) VALUES (CAST(1 AS TEXT))");
    }

    #[test]
    fn what_the_databases_understand_differently_is_refused() {
        assert!(translate("CREATE TABLE t (a TIMESTAMP)", Dialect::Sqlite).unwrap_err().contains("TIMESTAMP"));
    }
}
