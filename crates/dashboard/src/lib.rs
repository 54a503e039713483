//! SHOP WINDOW: the built dashboard, inside the binary.
//!
//! `cargo xtask build` makes `web/dist` before it builds `mayfly`; a release binary holds what was there then, a debug one
//! reads the folder each time. Where it was never made, there is nothing, and the server says so in the page's place. Beside
//! each text lie two smaller ones, for browsers that read `br` or `gzip`: made once, by `web/build/compress.ts`.
//! Read next: `http/dashboard.rs` of `server`.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// The page that every address of the dashboard is.
const PAGE: &str = "index.html";

/// Files that are named by what is in them: another text has another name.
const NAMED_BY_CONTENT: &str = "assets/";

/// How a file's bytes are packed (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Gzip (RFC 1952).
    Gzip,
}

impl Encoding {
    /// The name in `Accept-Encoding` and `Content-Encoding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// One file of the dashboard.
#[derive(Clone, Debug)]
pub struct File {
    /// What is in it, packed as `encoding` says.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media_type: &'static str,
    /// How it is packed, if it is.
    pub encoding: Option<Encoding>,
    /// Changes with every byte: SHA-256 (FIPS 180-4).
    pub digest: [u8; 32],
    /// Whether its name never means anything else.
    pub is_named_by_content: bool,
}

/// The page, unless the dashboard was never built. `reads` says which encodings the browser reads.
pub fn page(reads: impl Fn(Encoding) -> bool) -> Option<File> {
    file(PAGE, reads)
}

/// The file at `path`, which has no slash before it. Nothing where there is none.
pub fn file(path: &str, reads: impl Fn(Encoding) -> bool) -> Option<File> {
    let media_type = media_type(path)?;
    let packed = |encoding: Encoding| {
        let found = reads(encoding).then(|| Built::get(&format!("{path}{}", encoding.suffix())))??;
        Some((found, Some(encoding)))
    };
    let (found, encoding) = packed(Encoding::Brotli)
        .or_else(|| packed(Encoding::Gzip))
        .or_else(|| Built::get(path).map(|plain| (plain, None)))?;
    Some(File {
        digest: found.metadata.sha256_hash(),
        bytes: found.data,
        media_type,
        encoding,
        is_named_by_content: path.starts_with(NAMED_BY_CONTENT),
    })
}

/// Only what the dashboard is made of has a type; anything else is not handed out.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_files_of_the_dashboard_is_handed_out() {
        for path in ["", "nothing.js", "../package.json", "../../Cargo.toml", "assets/../../README.md", "index.html.br"]
        {
            assert!(file(path, |_| true).is_none(), "{path}");
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    fn what_is_built_after_the_binary_is_found() {
        let name = format!("planted-{}.svg", std::process::id());
        let planted = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist").join(&name);
        std::fs::create_dir_all(planted.parent().unwrap()).unwrap();
        std::fs::write(&planted, "<svg/>").unwrap();
        let found = file(&name, |_| false);
        std::fs::remove_file(planted).unwrap();
        assert_eq!(found.unwrap().bytes.as_ref(), b"<svg/>");
    }

    #[test]
    fn what_a_file_is_follows_from_its_name() {
        assert_eq!(media_type("assets/index-1.js"), Some("text/javascript; charset=utf-8"));
        assert_eq!(media_type("assets/index-1.js.map"), None);
        assert_eq!(media_type("assets"), None);
    }
}
