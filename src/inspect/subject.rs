//! What the walk meets, for those who look closer than the tree shows.

use crate::cms::enveloped::EnvelopedData;
use crate::cms::signed::{SignedData, SignerInfo};
use crate::error::Error;
use crate::message::RawMessage;
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::mime::multipart::Multipart;
use crate::octets::{Slice, Span};
use crate::pki::{Certificate, Crl};
use crate::report::Finding;

/// Something in a message, when the walk comes to it: what is around it was seen before, what is in it comes after.
#[derive(Debug)]
pub enum Subject<'a> {
    /// The message.
    Message(&'a RawMessage<'a>),
    /// A MIME entity.
    Entity(&'a Entity<'a>),
    /// What has no further layer: the octets without their transfer encoding, if they could be decoded.
    Leaf(&'a Entity<'a>, &'a [u8]),
    /// A multipart, after its entity.
    Multipart(&'a Entity<'a>, &'a Multipart<'a>),
    /// The head of a message, or a part of one, inside of a message (RFC 3261 section 23.4, RFC 3420, RFC 3893).
    Inner(&'a [Field<'a>], InnerKind),
    /// The header fields of a CPIM message, and the entity in it, if there is one (RFC 3862 section 2).
    Cpim(&'a [Field<'a>], Option<&'a Entity<'a>>),
    /// A signed object.
    Signed(SignedObject<'a>),
    /// A signer of it.
    Signer(SignedObject<'a>, &'a SignerInfo<'a>, Option<&'a Certificate>),
    /// An encrypted object.
    Encrypted(&'a EnvelopedData<'a>),
    /// A compressed object.
    Compressed,
    /// A certificate, whether it signed or not.
    Certificate(&'a Certificate),
    /// A certificate revocation list.
    RevocationList(&'a Crl),
    /// What a reader said on the way.
    Found(&'a Finding),
    /// Why something cannot be read.
    Failed(&'a Error),
    /// There is no more.
    End,
}

/// A signed object with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct SignedObject<'a> {
    /// The object.
    pub data: &'a SignedData<'a>,
    /// The whole of it, in DER or BER.
    pub octets: Slice<'a>,
    /// Its certificates that can be read.
    pub certificates: &'a [Certificate],
    /// What is signed, if it is there.
    pub content: Option<&'a [u8]>,
}

/// What a message in a message is.
#[derive(Clone, Copy, Debug)]
pub struct InnerKind {
    /// Whether it is a part of a message: message/sipfrag.
    pub is_fragment: bool,
    /// Whether it is labelled as an Authenticated Identity Body (RFC 3893).
    pub is_identity_body: bool,
}

/// Where something stands.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The number of the part; empty for the body itself, and for what is no part.
    pub part: &'a str,
    /// Its octets in the input; `None` if it was decoded first.
    pub octets: Option<Span>,
    /// Whether places in it are none in the input, because it was decoded first.
    pub is_decoded: bool,
    /// Whether a signature around it says to cover it.
    pub is_signed: bool,
    /// Whether it was encrypted.
    pub is_encrypted: bool,
}

/// Who looks closer.
pub trait Observer {
    /// Comes to something.
    fn see(&mut self, subject: &Subject<'_>, site: &Site<'_>);
}

/// Nobody looks closer.
impl Observer for () {
    fn see(&mut self, _: &Subject<'_>, _: &Site<'_>) {}
}
