//! Private data at rest: sealed with the key of this installation, opened right before a function is called.
//!
//! A sealed part of a value is `{ "$sealed": "<base64 of nonce and ciphertext>" }`; a sealed line of a log is that as
//! text. What is sealed says how long it is and nothing else: sealing the same twice gives two different texts.

mod key;

pub use key::KeyError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use flow_engine::eval::project;
use flow_lang::plan::Type;
use flow_lang::plan::private::{SEALED, is_sealed, sealed};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::fmt;
use std::path::Path;

/// Bytes of a nonce: so many that random ones never meet.
const NONCE_LEN: usize = 24;

/// What a sealed text is for: one that was made for a log opens in no value.
#[derive(Clone, Copy)]
enum Purpose {
    Value,
    Line,
}

/// The key of an installation at work.
pub struct Seal {
    cipher: XChaCha20Poly1305,
    digests: [u8; key::KEY_LEN],
    tickets: [u8; key::KEY_LEN],
    install: String,
}

/// The secret part of the address of a callback.
pub struct Ticket(blake3::Hash);

impl Ticket {
    /// As it stands in the address.
    pub fn text(&self) -> String {
        self.0.to_hex().to_string()
    }

    /// Whether it stands there. How long that takes says nothing about how much of it is right.
    pub fn is(&self, text: &str) -> bool {
        blake3::Hash::from_hex(text).is_ok_and(|given| given == self.0)
    }
}

/// Why something sealed could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed elsewhere, or changed since.
    #[error("a private value was sealed with another key than this installation has in `seal.key`")]
    OtherKey,
    /// It is not what the function that is to be given it asks for.
    #[error("a private value is not of the type that is asked for")]
    Misfit,
}

impl Seal {
    /// Reads the key from `path`, or makes one there; what is sealed belongs to the installation `install`.
    ///
    /// # Errors
    /// When there is a file which is no key, or which others may read; when it cannot be read or made.
    pub fn at(path: &Path, install: &str) -> Result<Seal, KeyError> {
        Ok(Seal::new(&key::load_or_make(path)?, install))
    }

    fn new(key: &[u8; key::KEY_LEN], install: &str) -> Seal {
        // Each use of the key has a key of its own.
        let sealing = blake3::derive_key("flow: sealing private data, 1", key);
        Seal {
            cipher: XChaCha20Poly1305::new(&sealing.into()),
            digests: blake3::derive_key("flow: digests of private bodies, 1", key),
            tickets: blake3::derive_key("flow: addresses of callbacks, 1", key),
            install: install.to_owned(),
        }
    }

    /// Seals every private part of a value that is not sealed yet.
    pub fn seal(&self, ty: &Type, value: &mut Value) {
        let sealing = |_: &Type, part: &mut Value| {
            if !is_sealed(part) {
                let text = self.close(Purpose::Value, part.to_string().as_bytes());
                *part = json!({ SEALED: text });
            }
            Ok::<(), Infallible>(())
        };
        match ty.each_private(value, &mut { sealing }) {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// The value with every private part as it was, cut to what `ty` declares.
    ///
    /// # Errors
    /// When a part was sealed with another key, or is of another type.
    pub fn open(&self, ty: &Type, mut value: Value) -> Result<Value, SealError> {
        ty.each_private(&mut value, &mut |ty, part| {
            if let Some(text) = sealed(part) {
                let clear = self.reopen(Purpose::Value, text).ok_or(SealError::OtherKey)?;
                *part = serde_json::from_slice(&clear).map_err(|_| SealError::OtherKey)?;
            }
            *part = project(ty, part.take());
            ty.check(part).map_err(|_| SealError::Misfit)
        })?;
        Ok(value)
    }

    /// A line of a log, sealed.
    pub fn seal_line(&self, line: &str) -> String {
        json!({ SEALED: self.close(Purpose::Line, line.as_bytes()) }).to_string()
    }

    /// What was sealed as a line; nothing for any other text.
    pub fn open_line(&self, text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        let clear = self.reopen(Purpose::Line, sealed(&value)?)?;
        String::from_utf8(clear).ok()
    }

    /// A digest that only this installation can make: of few possible bodies nobody else can tell which it was.
    pub fn digest(&self, body: &str) -> String {
        blake3::keyed_hash(&self.digests, body.as_bytes())
            .to_hex()
            .to_string()
    }

    /// What only who was told the address of a callback knows: of which run it is, and of which step.
    pub fn ticket(&self, run: &str, step: &str) -> Ticket {
        let mut hasher = blake3::Hasher::new_keyed(&self.tickets);
        for part in [&self.install, run, step] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Ticket(hasher.finalize())
    }

    fn close(&self, purpose: Purpose, clear: &[u8]) -> String {
        let nonce = XNonce::generate();
        let aad = self.aad(purpose);
        let payload = Payload {
            msg: clear,
            aad: &aad,
        };
        let mut bytes = nonce.to_vec();
        let ciphertext = self.cipher.encrypt(&nonce, payload);
        bytes.extend(ciphertext.expect("the cipher takes up to 256 GiB, and a value is far smaller"));
        STANDARD.encode(bytes)
    }

    fn reopen(&self, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(text).ok()?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let aad = self.aad(purpose);
        let payload = Payload {
            msg: ciphertext,
            aad: &aad,
        };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn aad(&self, purpose: Purpose) -> Vec<u8> {
        let purpose = match purpose {
            Purpose::Value => "value",
            Purpose::Line => "line",
        };
        format!("flow 1 {purpose} {}", self.install).into_bytes()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
