//! CompressedData (RFC 3274): read within a cap, never written.
//!
//! A few octets can stand for any number of octets, so what comes out is bounded by its size and by its ratio
//! to what went in (threats R5), and it is counted while it is made.

use der::asn1::ObjectIdentifier;
use miniz_oxide::inflate::stream::{InflateState, inflate as inflate_piece};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use crate::asn1::tag;
use crate::cms::{ContentInfo, algorithm_identifier, content, object_identifier, octet_string, oid, version};
use crate::error::{Condition, Error};
use crate::octets::Slice;

/// How many octets a content may have when it is not compressed.
pub const MAX_OCTETS: usize = 64 << 20;
/// How many octets may come out for each that went in.
pub const MAX_RATIO: usize = 1000;

/// A content that was compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decompressed {
    /// The type of the content.
    pub content_type: ObjectIdentifier,
    /// The content.
    pub octets: Vec<u8>,
}

/// Reads a CMS object that must be CompressedData and undoes the compression. At most `most` octets may come out, which
/// is [`MAX_OCTETS`] for all that is compressed in one message.
///
/// # Errors
/// `cms.content-type`, `cms.compressed`, `limit.compressed`, `algorithm.unsupported`, `asn1.*`.
pub fn decompress(input: Slice<'_>, most: usize) -> Result<Decompressed, Error> {
    let info = ContentInfo::parse(input)?;
    if info.content_type != oid::COMPRESSED_DATA {
        return Err(Error::new(Condition::CmsContentType)
            .detail(content::content_type_name(&info.content_type))
            .at(input.take(32).span()));
    }
    let mut fields = info.content.expect(tag::SEQUENCE)?.elements()?;
    version(&fields.next_element()?)?;
    let algorithm = algorithm_identifier(&fields.next_element()?)?;
    if algorithm.oid != oid::ZLIB {
        return Err(Error::new(Condition::AlgorithmUnsupported)
            .detail(format!("the compression {}", algorithm.oid))
            .hinting("supported: zlib"));
    }
    let mut encapsulated = fields.expect(tag::SEQUENCE)?.elements()?;
    fields.finish()?;
    let content_type = object_identifier(&encapsulated.next_element()?)?;
    let explicit = encapsulated.optional(tag::context_constructed(0))?;
    encapsulated.finish()?;
    let explicit = explicit.ok_or_else(|| Error::new(Condition::CmsNoContent).hinting("").at(input.take(32).span()))?;
    let mut inside = explicit.elements()?;
    let string = inside.next_element()?;
    inside.finish()?;
    let compressed = octet_string(&string, "the content")?;
    Ok(Decompressed {
        content_type,
        octets: inflate(&compressed, most).map_err(|error| error.at(string.whole.span()))?,
    })
}

/// One zlib stream that fills `compressed`.
fn inflate(compressed: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    let limit = compressed.len().saturating_mul(MAX_RATIO).min(most);
    let malformed = |what: &str| Error::new(Condition::Compressed).detail(what);
    let mut state = InflateState::new_boxed(DataFormat::Zlib);
    let (mut rest, mut octets, mut piece) = (Slice::new(compressed), Vec::new(), vec![0; PIECE]);
    loop {
        let step = inflate_piece(&mut state, rest.octets(), &mut piece, MZFlush::None);
        rest = rest.skip(step.bytes_consumed);
        octets.extend_from_slice(piece.get(..step.bytes_written).unwrap_or_default());
        if octets.len() > limit {
            return Err(Error::new(Condition::LimitCompressed));
        }
        match step.status {
            Ok(MZStatus::StreamEnd) if rest.is_empty() => return Ok(octets),
            Ok(MZStatus::StreamEnd) => return Err(malformed("octets follow the zlib stream")),
            Ok(_) if step.bytes_consumed > 0 || step.bytes_written > 0 => {}
            Ok(_) => return Err(malformed("the zlib stream is cut short")),
            Err(_) => return Err(malformed("it is no zlib stream")),
        }
    }
}

const PIECE: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode;

    fn object(compressed: &[u8]) -> Vec<u8> {
        let explicit = |inner: &[u8]| encode::element(tag::context_constructed(0), &[inner]);
        let oid = |oid: ObjectIdentifier| encode::element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()]);
        let string = encode::element(tag::OCTET_STRING, &[compressed]);
        let encapsulated = encode::element(tag::SEQUENCE, &[&oid(oid::DATA), &explicit(&string)]);
        let algorithm = encode::element(tag::SEQUENCE, &[&oid(oid::ZLIB)]);
        let data = encode::element(tag::SEQUENCE, &[&[2, 1, 0], &algorithm, &encapsulated]);
        encode::element(tag::SEQUENCE, &[&oid(oid::COMPRESSED_DATA), &explicit(&data)])
    }

    // RFC 7468 figure 11 is CompressedData; the content is in the RFC's own words "x" times what openssl shows.
    #[test]
    fn r5_what_is_compressed_too_much_is_refused() {
        let compress = |octets: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(octets, 9);
        let text = b"Content-Type: text/plain\r\n\r\nHello";
        let found = decompress(Slice::new(&object(&compress(text))), MAX_OCTETS).unwrap();
        assert_eq!((found.octets.as_slice(), found.content_type), (&text[..], oid::DATA));

        let rows: [(Vec<u8>, usize, &str); 6] = [
            // 100,000 zeros in some hundred octets, and 70 MiB of what compresses less.
            (compress(&vec![0; 8 << 20]), MAX_OCTETS, "limit.compressed"),
            (
                compress(&(0..70 << 20).map(|n: u32| n.to_be_bytes()[2]).collect::<Vec<u8>>()),
                MAX_OCTETS,
                "limit.compressed",
            ),
            (compress(text)[..20].to_vec(), MAX_OCTETS, "cms.compressed"),
            (b"no zlib".to_vec(), MAX_OCTETS, "cms.compressed"),
            // What other layers left over.
            (compress(text), text.len(), "ok"),
            (compress(text), text.len() - 1, "limit.compressed"),
        ];
        for (compressed, most, code) in rows {
            let found = decompress(Slice::new(&object(&compressed)), most);
            assert_eq!(found.map_or_else(|error| error.code(), |_| "ok"), code, "{most}");
        }
    }
}
