//! Cipher block chaining for any block cipher (RFC 5652 section 6.3, RFC 3565 section 2.3).
//!
//! Content is padded to whole blocks, with as many octets as are missing, each of that value. Whether the
//! padding is right is found without a branch on any of it; that it is wrong looks like every other failure.
//! Password recipients (RFC 3211) encrypt whole blocks, without padding, with the functions below.

use std::fmt;
use std::hint::black_box;
use std::marker::PhantomData;

use ::cbc::cipher::{
    Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, KeyInit,
    KeyIvInit,
};
use ::cbc::{Decryptor, Encryptor};
use der::asn1::{AnyRef, ObjectIdentifier};
use rand_core::CryptoRng;

use crate::alg::aes_cbc;
use crate::alg::cipher::{
    ContentCipher, Parameters, cannot_decrypt, cannot_encrypt, fresh_nonce, nonce_identifier, read_nonce,
};
use crate::alg::des_ede3_cbc;
use crate::error::Error;

/// A block cipher in CBC.
pub(super) struct Cbc<C> {
    /// The name on the command line and in reports.
    pub name: &'static str,
    /// The object identifier.
    pub oid: ObjectIdentifier,
    /// Whether it is for reading only.
    pub is_legacy: bool,
    /// The block cipher.
    pub cipher: PhantomData<fn() -> C>,
}

/// A block cipher in CBC over whole blocks.
pub(super) trait WholeBlocks: Sync {
    fn oid(&self) -> ObjectIdentifier;
    fn key_length(&self) -> usize;
    fn block_length(&self) -> usize;
    /// `None` if a length is not the right one.
    fn encrypt_blocks(&self, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<()>;
    /// `None` if a length is not the right one.
    fn decrypt_blocks(&self, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<()>;
}

/// The octets of a block of the cipher with this object identifier; `None` if it is not one in CBC.
pub fn block_length(oid: ObjectIdentifier) -> Option<usize> {
    by_oid(oid).map(|cipher| cipher.block_length())
}

/// The octets of a key of the cipher with this object identifier; `None` if it is not one in CBC.
pub fn key_length(oid: ObjectIdentifier) -> Option<usize> {
    by_oid(oid).map(|cipher| cipher.key_length())
}

/// Encrypts whole blocks in place, without padding.
///
/// # Errors
/// `encrypt.failed` if the cipher is not one in CBC or a length is not the right one.
pub fn cbc_encrypt_blocks(oid: ObjectIdentifier, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Result<(), Error> {
    by_oid(oid)
        .and_then(|cipher| cipher.encrypt_blocks(key, iv, buffer))
        .ok_or_else(|| cannot_encrypt("CBC", "a cipher that is not in this mode, or a wrong length"))
}

/// Decrypts whole blocks in place, without padding.
///
/// # Errors
/// `decrypt.failed`, without a reason, if the cipher is not one in CBC or a length is not the right one.
pub fn cbc_decrypt_blocks(oid: ObjectIdentifier, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Result<(), Error> {
    by_oid(oid).and_then(|cipher| cipher.decrypt_blocks(key, iv, buffer)).ok_or_else(cannot_decrypt)
}

fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn WholeBlocks> {
    CIPHERS.iter().copied().find(|cipher| cipher.oid() == oid)
}

impl<C> Cbc<C> {
    /// The cipher `C` in CBC.
    pub const fn new(name: &'static str, oid: ObjectIdentifier) -> Self {
        Cbc { name, oid, is_legacy: false, cipher: PhantomData }
    }
}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit> WholeBlocks for Cbc<C> {
    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn key_length(&self) -> usize {
        C::key_size()
    }

    fn block_length(&self) -> usize {
        C::block_size()
    }

    fn encrypt_blocks(&self, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<()> {
        let mut mode = Encryptor::<C>::new_from_slices(key, iv).ok()?;
        mode.encrypt_blocks(whole_blocks::<C>(buffer)?);
        Some(())
    }

    fn decrypt_blocks(&self, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<()> {
        let mut mode = Decryptor::<C>::new_from_slices(key, iv).ok()?;
        mode.decrypt_blocks(whole_blocks::<C>(buffer)?);
        Some(())
    }
}

fn whole_blocks<C: BlockSizeUser>(buffer: &mut [u8]) -> Option<&mut [Block<C>]> {
    let (blocks, rest) = Array::slice_as_chunks_mut(buffer);
    rest.is_empty().then_some(blocks)
}

impl<C> ContentCipher for Cbc<C>
where
    Self: WholeBlocks,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn key_length(&self) -> usize {
        WholeBlocks::key_length(self)
    }

    fn is_authenticated(&self) -> bool {
        false
    }

    fn is_legacy(&self) -> bool {
        self.is_legacy
    }

    fn sealed_length(&self, content: usize) -> usize {
        content.saturating_add(1).checked_next_multiple_of(self.block_length()).unwrap_or(usize::MAX)
    }

    fn fresh_parameters(&self, rng: &mut dyn CryptoRng) -> Parameters {
        Parameters { nonce: fresh_nonce(self.block_length(), rng), tag_length: 0 }
    }

    // AES-IV ::= OCTET STRING (SIZE(16)); CBCParameter ::= IV, an OCTET STRING of 8 octets.
    fn identifier(&self, parameters: &Parameters) -> Vec<u8> {
        nonce_identifier(self.oid, &parameters.nonce)
    }

    fn read_parameters(&self, parameters: Option<AnyRef<'_>>) -> Result<Parameters, Error> {
        let nonce = read_nonce(self.name, self.block_length(), parameters)?;
        Ok(Parameters { nonce, tag_length: 0 })
    }

    fn encrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        content_length: usize,
    ) -> Result<Vec<u8>, Error> {
        if self.is_legacy {
            return Err(cannot_encrypt(self.name, "it is too weak to write"));
        }
        let lengths = || cannot_encrypt(self.name, "a wrong length of the key, the vector or the buffer");
        if !additional.is_empty() || buffer.len() != self.sealed_length(content_length) {
            return Err(lengths());
        }
        let padding = buffer.get_mut(content_length..).ok_or_else(lengths)?;
        padding.fill(u8::try_from(padding.len()).map_err(|_| lengths())?);
        self.encrypt_blocks(key, &parameters.nonce, buffer).ok_or_else(lengths)?;
        Ok(Vec::new())
    }

    fn decrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        tag: &[u8],
    ) -> Result<usize, Error> {
        if !additional.is_empty() || !tag.is_empty() {
            return Err(cannot_decrypt());
        }
        self.decrypt_blocks(key, &parameters.nonce, buffer).ok_or_else(cannot_decrypt)?;
        let last = buffer.len().checked_sub(self.block_length()).and_then(|start| buffer.get(start..));
        let padding = last.and_then(padding_length);
        padding.and_then(|padding| buffer.len().checked_sub(padding)).ok_or_else(cannot_decrypt)
    }
}

impl<C> fmt::Debug for Cbc<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The octets of padding in the last block; `None` if they are wrong. Takes the same steps for every block.
fn padding_length(block: &[u8]) -> Option<usize> {
    let padding = u16::from(*block.last()?);
    let most = u16::try_from(block.len()).ok()?;
    // The top bit of a difference is set if it is below zero: the numbers are small.
    let mut wrong = (padding.wrapping_sub(1) | most.wrapping_sub(padding)) >> 15;
    for (octet, place) in block.iter().rev().zip(1_u16..) {
        let is_padding = !(padding.wrapping_sub(place) >> 15) & 1;
        wrong |= (u16::from(*octet) ^ padding) & 0_u16.wrapping_sub(is_padding);
    }
    (black_box(wrong) == 0).then_some(usize::from(padding))
}

/// Every block cipher in CBC.
static CIPHERS: &[&dyn WholeBlocks] =
    &[&aes_cbc::AES_128, &aes_cbc::AES_192, &aes_cbc::AES_256, &des_ede3_cbc::DES_EDE3];
