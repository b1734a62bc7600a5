//! DER as a tree that can be changed at any place: the lengths around it are written anew. So a fuzzer that knows no
//! lengths still makes objects that can be read.

use sip_smime::asn1::encode;
use sip_smime::asn1::tlv::{Reader, Tlv};
use sip_smime::octets::Slice;

/// An element, and how its length is written.
#[derive(Clone)]
pub struct Tree {
    tag: u8,
    contents: Contents,
    form: LengthForm,
}

#[derive(Clone)]
enum Contents {
    Octets(Vec<u8>),
    Elements(Vec<Tree>),
}

#[derive(Clone, Copy)]
enum LengthForm {
    Shortest,
    Long,
    Indefinite,
}

impl Tree {
    /// One element that fills `octets`.
    pub fn parse(octets: &[u8]) -> Option<Tree> {
        Tlv::parse(Slice::new(octets)).ok().and_then(|tlv| Tree::from(&tlv))
    }

    fn from(tlv: &Tlv<'_>) -> Option<Tree> {
        let contents = if tlv.is_constructed() {
            let mut reader: Reader<'_> = tlv.elements().ok()?;
            let mut elements = Vec::new();
            while !reader.is_done() {
                elements.push(Tree::from(&reader.next_element().ok()?)?);
            }
            Contents::Elements(elements)
        } else {
            Contents::Octets(tlv.contents.octets().to_vec())
        };
        Some(Tree { tag: tlv.tag, contents, form: LengthForm::Shortest })
    }

    /// The encoding.
    pub fn to_octets(&self) -> Vec<u8> {
        let contents = match &self.contents {
            Contents::Octets(octets) => octets.clone(),
            Contents::Elements(elements) => elements.iter().flat_map(Tree::to_octets).collect(),
        };
        match self.form {
            LengthForm::Shortest => encode::element(self.tag, &[&contents]),
            LengthForm::Long => [&[self.tag, 0x84], &(contents.len() as u32).to_be_bytes()[..], &contents].concat(),
            LengthForm::Indefinite => [&[self.tag, 0x80], &contents[..], &[0, 0]].concat(),
        }
    }

    /// Changes the tree. Three octets say what is done, at which element, and with what.
    pub fn edit(&mut self, edits: &[u8]) {
        for edit in edits.chunks_exact(3).take(MOST_EDITS) {
            let count = self.count();
            if count > MOST_ELEMENTS {
                return;
            }
            let (what, at, with) = (edit[0] % 12, usize::from(edit[1]) % count, edit[2]);
            let other = self.at(usize::from(with) % count).clone();
            self.at(at).change(what, with, other);
        }
    }

    fn change(&mut self, what: u8, with: u8, other: Tree) {
        match (what, &mut self.contents) {
            (0, _) => self.tag = with,
            (1, _) => *self = other,
            (2, _) => {
                self.form = [LengthForm::Shortest, LengthForm::Long, LengthForm::Indefinite][usize::from(with) % 3]
            }
            // As a string in pieces.
            (3, Contents::Octets(octets)) => {
                let (front, back) = octets.split_at(usize::from(with).min(octets.len()));
                let piece = |octets: &[u8]| Tree {
                    tag: 4,
                    contents: Contents::Octets(octets.to_vec()),
                    form: LengthForm::Shortest,
                };
                self.contents = Contents::Elements(vec![piece(front), piece(back)]);
                self.tag |= 0x20;
            }
            // As the contents of another one.
            (4, _) => {
                let inner = self.clone();
                *self = Tree { tag: with, contents: Contents::Elements(vec![inner]), form: LengthForm::Shortest };
            }
            (5, Contents::Octets(octets)) => octets.truncate(usize::from(with)),
            (6, Contents::Octets(octets)) => octets.push(with),
            (7, Contents::Octets(octets)) => {
                let at = usize::from(with) % octets.len().max(1);
                octets.iter_mut().skip(at).take(1).for_each(|octet| *octet ^= 1 << (with % 8));
            }
            (8, Contents::Octets(octets)) => octets.iter_mut().take(1).for_each(|octet| *octet = with),
            (9, Contents::Octets(octets)) => octets.iter_mut().rev().take(1).for_each(|octet| *octet = with),
            (5, Contents::Elements(elements)) => elements.insert(usize::from(with) % (elements.len() + 1), other),
            (6, Contents::Elements(elements)) => elements.push(other),
            (7, Contents::Elements(elements)) if !elements.is_empty() => {
                elements.remove(usize::from(with) % elements.len());
            }
            (8, Contents::Elements(elements)) => elements.reverse(),
            (9, Contents::Elements(elements)) if !elements.is_empty() => {
                let twice = elements[usize::from(with) % elements.len()].clone();
                elements.push(twice);
            }
            (10, contents) => *contents = Contents::Octets(vec![0; usize::from(with)]),
            (_, contents) => *contents = other.contents,
        }
    }

    fn count(&self) -> usize {
        match &self.contents {
            Contents::Octets(_) => 1,
            Contents::Elements(elements) => elements.iter().map(Tree::count).fold(1, usize::saturating_add),
        }
    }

    /// The element of this number, which must be below the count; in the order in which they are written.
    fn at(&mut self, number: usize) -> &mut Tree {
        if number == 0 {
            return self;
        }
        let mut rest = number - 1;
        let Contents::Elements(elements) = &mut self.contents else { unreachable!("it is below the count") };
        for element in elements {
            let count = element.count();
            if rest < count {
                return element.at(rest);
            }
            rest -= count;
        }
        unreachable!("it is below the count")
    }
}

const MOST_EDITS: usize = 64;
const MOST_ELEMENTS: usize = 2000;
