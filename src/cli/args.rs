//! Arguments that several subcommands share, and how their values are read.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sip_smime::error::{Condition, Error};
use sip_smime::message::Form;
use sip_smime::report::text;
use sip_smime::smime::body::{Output, Request};
use sip_smime::smime::sign::BodyEncoding;
use sip_smime::source::{Chunk, Container};
use sip_smime::uri::SipUri;
use zeroize::Zeroizing;

use crate::cli::diagnostic::{Color, Voice};
use crate::cli::io;

/// Input and output, for every subcommand.
#[derive(Args, Debug)]
pub struct Common {
    /// Files to read; none, or `-`, is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A file to read, as openssl names it
    #[arg(long = "in", id = "input", value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Write the product to FILE instead of standard output; whole or not at all
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Insist on a form of input instead of recognising it
    #[arg(long, value_name = "FORM", ignore_case = true)]
    pub inform: Option<Inform>,
    /// Write another form than the input has
    #[arg(long, value_name = "FORM", ignore_case = true)]
    pub outform: Option<Outform>,
    /// Work on one MIME part: 1, 2, 2.1
    #[arg(long, value_name = "N[.M]")]
    pub part: Option<String>,
    /// Print one JSON object per message instead of the product
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Give the reasons
    #[arg(short, long)]
    pub verbose: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Refuse a message larger than this
    #[arg(long, value_name = "OCTETS", default_value = "134217728", value_parser = octets)]
    pub max_size: u64,
    /// Work on several messages at once
    #[arg(long, value_name = "N", default_value = "1", value_parser = jobs)]
    pub jobs: u16,
    /// Put the products that are good in place even if a message fails
    #[arg(long)]
    pub keep_going: bool,
    /// Overwrite what would otherwise be kept: a file of keys or certificates that is read
    #[arg(long)]
    pub force: bool,
    /// Leave line ends as they are
    #[arg(long)]
    pub binary: bool,
    /// Lines end in CR LF: the default, accepted as openssl's word
    #[arg(long)]
    pub crlfeol: bool,
    /// Accepted as openssl's word: DER is always written
    #[arg(long)]
    pub stream: bool,
    /// Accepted as openssl's word: DER is always written
    #[arg(long)]
    pub indef: bool,
}

impl Common {
    /// How much to say, and in which colours.
    pub fn voice(&self) -> Voice {
        Voice::new(self.quiet, self.verbose, self.color)
    }

    /// The form of input the user insists on.
    pub fn form(&self) -> Option<Form> {
        self.inform.map(|form| match form {
            // What a capture is looked through for.
            Inform::Sip | Inform::Pcap => Form::Sip,
            Inform::Mime => Form::Mime,
            Inform::Der => Form::Der,
            Inform::Pem => Form::Pem,
        })
    }

    /// What holds the messages.
    pub fn container(&self) -> Container {
        match self.inform {
            Some(Inform::Pcap) => Container::Capture,
            _ => self.form().into(),
        }
    }

    /// The form of output.
    pub fn output(&self) -> Output {
        match self.outform {
            None => Output::Same,
            Some(Outform::Sip) => Output::Sip,
            Some(Outform::Mime) => Output::Mime,
            Some(Outform::Der) => Output::Der,
            Some(Outform::Pem) => Output::Pem,
        }
    }

    /// The message to work on, and how.
    pub fn request<'a>(&'a self, chunk: &'a Chunk) -> Request<'a> {
        Request {
            octets: &chunk.octets,
            start: chunk.start,
            form: self.form(),
            part: self.part.as_deref(),
            output: self.output(),
        }
    }

    /// Operands are inputs, unless a command has another use for them: then `-in` names the only input.
    pub fn check(&self) -> Result<(), Error> {
        if self.input.is_none() || self.files.is_empty() {
            return Ok(());
        }
        Err(Error::new(Condition::Usage)
            .detail("--in and an operand exclude one another")
            .hinting("leave one of them out"))
    }

    /// Refuses to write over a file that is read beside the messages: a key would be lost. The message itself may be
    /// replaced by the product, and by nothing else. `--force` writes all the same.
    ///
    /// # Errors
    /// `usage`.
    pub fn keep<'a>(
        &self,
        operands: impl IntoIterator<Item = &'a Path>,
        signer_out: Option<&Path>,
    ) -> Result<(), Error> {
        if self.force {
            return Ok(());
        }
        let operands: Vec<&Path> = operands.into_iter().collect();
        let messages = self.input.iter().chain(&self.files).map(PathBuf::as_path);
        let out = self.out.iter().flat_map(|out| operands.iter().map(move |file| ("-out", out.as_path(), *file)));
        let second = signer_out
            .iter()
            .flat_map(|out| operands.iter().copied().chain(messages.clone()).map(|file| ("--signer-out", *out, file)));
        match out.chain(second).find(|(_, out, file)| io::is_same_file(out, file)) {
            None => Ok(()),
            Some((option, out, file)) => {
                let (out, file) = (out.display(), file.display());
                Err(Error::new(Condition::Usage)
                    .detail(format!("{option} {out} would overwrite {file}, which is read"))
                    .hinting("name another file to write; --force writes over it all the same"))
            }
        }
    }

    /// The inputs; `None` is standard input.
    pub fn inputs(&self) -> Vec<Option<&PathBuf>> {
        let named = self.input.iter().chain(&self.files);
        let named: Vec<_> = named.map(|file| Some(file).filter(|file| file.as_os_str() != "-")).collect();
        if named.is_empty() { vec![None] } else { named }
    }

    /// Whether a message comes from standard input.
    pub fn reads_standard_input(&self) -> bool {
        self.inputs().into_iter().any(|file| file.is_none_or(|file| io::is_standard_input(file)))
    }
}

/// Forms of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Inform {
    /// SIP messages
    Sip,
    /// A MIME entity; openssl says smime
    #[value(alias = "smime")]
    Mime,
    /// A CMS object in DER or BER
    Der,
    /// A CMS object in PEM
    Pem,
    /// Recorded packets, in pcap or pcapng
    #[value(alias = "pcapng")]
    Pcap,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Outform {
    /// A SIP message
    Sip,
    /// A MIME entity; openssl says smime
    #[value(alias = "smime")]
    Mime,
    /// A CMS object in DER
    Der,
    /// A CMS object in PEM
    Pem,
}

/// How a CMS object stands in an entity.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Cte {
    /// As RFC 3853 asks
    Binary,
    /// For hops that are not 8-bit clean
    Base64,
}

impl From<Cte> for BodyEncoding {
    fn from(cte: Cte) -> Self {
        match cte {
            Cte::Binary => BodyEncoding::Binary,
            Cte::Base64 => BodyEncoding::Base64,
        }
    }
}

/// Where a password comes from. It is never on the command line.
#[derive(Clone, Debug)]
pub enum Secret {
    Environment(String),
    File(PathBuf),
    Descriptor(u32),
    Prompt,
}

impl std::str::FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Secret::Environment(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Secret::File(path.into())),
            Some(("fd", number)) => number.parse().map(Secret::Descriptor).map_err(|_| "fd:N needs a number".into()),
            Some(("pass", _)) => Err("a password on the command line can be read by others: \
                                      use env:NAME, file:PATH, fd:N or prompt"
                .into()),
            _ if text == "prompt" => Ok(Secret::Prompt),
            _ => Err("use env:NAME, file:PATH, fd:N or prompt".into()),
        }
    }
}

impl Secret {
    /// Reads the password of something: the first line, without its end.
    ///
    /// # Errors
    /// `secret.unavailable`, `file.unreadable`.
    pub fn read(&self, of: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let unavailable = |what: String| Error::new(Condition::SecretUnavailable).detail(what);
        let text = match self {
            Secret::Environment(name) => {
                let value = std::env::var_os(name)
                    .ok_or_else(|| unavailable(format!("the environment variable {name} is not set")))?;
                return Ok(Zeroizing::new(value.into_encoded_bytes()));
            }
            Secret::File(path) => io::read_file(path)?,
            Secret::Descriptor(number) => io::read_file(&PathBuf::from(format!("/dev/fd/{number}")))
                .map_err(|error| error.with_condition(Condition::SecretUnavailable))?,
            Secret::Prompt => {
                let question = format!("password of {}: ", text::escape(of));
                let typed = rpassword::prompt_password(question)
                    .map_err(|error| unavailable(format!("there is no terminal to ask on: {error}")))?;
                return Ok(Zeroizing::new(typed.into_bytes()));
            }
        };
        let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
        Ok(Zeroizing::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
    }

    /// The file that it is read from, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Secret::File(path) => Some(path),
            Secret::Environment(_) | Secret::Descriptor(_) | Secret::Prompt => None,
        }
    }

    /// Whether it comes from standard input, where a message may come from too.
    pub fn is_standard_input(&self) -> bool {
        match self {
            Secret::Descriptor(number) => *number == 0,
            Secret::File(path) => io::is_standard_input(path),
            Secret::Environment(_) | Secret::Prompt => false,
        }
    }
}

fn octets(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number of octets is needed".to_owned())
}

fn jobs(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "a whole number from 1 to 256 is needed".to_owned())
}

/// A URI whose host has the labels of the DNS. What is no URI stays as it is: who needs one says what is wrong.
pub fn typed_uri(text: &str) -> Result<String, Infallible> {
    Ok(SipUri::parse_typed(text).map_or_else(|_| text.to_owned(), |uri| uri.as_str().to_owned()))
}

/// A time to check validity at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// In seconds since 1970.
    At(i64),
    /// When the packet was captured that the message came in.
    Capture,
}

/// Reads a time as [`time`] does, or the word `capture`.
pub fn moment(text: &str) -> Result<Moment, String> {
    match text {
        "capture" => Ok(Moment::Capture),
        _ => time(text).map(Moment::At).map_err(|error| format!("{error}, or capture")),
    }
}

/// Reads a time: RFC 3339, seconds since 1970, or a day (its first second). Fractions are dropped.
pub fn time(text: &str) -> Result<i64, String> {
    if text.len() == 4 && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(format!("a year is no time: write {text}-01-01, or @{text} for seconds since 1970"));
    }
    if let Ok(seconds) = text.strip_prefix('@').unwrap_or(text).parse::<i64>() {
        return Ok(seconds);
    }
    rfc_3339(text).ok_or_else(|| "use YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or seconds since 1970".to_owned())
}

/// RFC 3339 section 5.6: `2018-06-03T10:00:00.25+02:00`, or the day alone.
fn rfc_3339(text: &str) -> Option<i64> {
    let (day, rest) = if text.len() == 10 { (text, "T00:00:00Z") } else { text.split_at_checked(10)? };
    let (clock, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    let time: der::DateTime = format!("{day}T{clock}Z").parse().ok()?;
    let local = i64::try_from(time.unix_duration().as_secs()).ok()?;
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
            let number = |digits: &str, below: i64| {
                let is_number = digits.len() == 2 && digits.bytes().all(|octet| octet.is_ascii_digit());
                digits.parse().ok().filter(|number: &i64| is_number && *number < below)
            };
            let seconds = number(hours, 24)?.checked_mul(3600)?.checked_add(number(minutes, 60)?.checked_mul(60)?)?;
            if zone.starts_with('-') { seconds.checked_neg()? } else { seconds }
        }
    };
    local.checked_sub(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let rows = [
            ("2018-06-03", Some(1_527_984_000)),
            ("2018-06-03T00:00:01Z", Some(1_527_984_001)),
            ("1527984000", Some(1_527_984_000)),
            ("-1", Some(-1)),
            ("2018-06-03t00:00:01z", Some(1_527_984_001)),
            ("2018-06-03T00:00:01.999Z", Some(1_527_984_001)),
            ("2018-06-03T02:00:01+02:00", Some(1_527_984_001)),
            ("2018-06-02T19:30:01.5-04:30", Some(1_527_984_001)),
            ("2018-06-03T00:00:01", None),
            ("2018-06-03T00:00:01.Z", None),
            ("2018-06-03T00:00:01+2:00", None),
            ("2018-06-03T00:00:01+24:00", None),
            ("2018-06-03T00:00:01+00:+1", None),
            ("2018-06-03T00:00:01ZZ", None),
            // A year would be read as half an hour after 1970.
            ("2018", None),
            ("@2018", Some(2018)),
            ("2018-02-30", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(time(text).ok(), expected, "{text}");
        }
    }

    // K1: a password is never on the command line.
    #[test]
    fn k1_secrets() {
        for source in ["env:NAME", "file:/path", "fd:3", "prompt"] {
            assert!(source.parse::<Secret>().is_ok(), "{source}");
        }
        for source in ["pass:word", "word", "env:", "fd:x", ""] {
            assert!(source.parse::<Secret>().is_err(), "{source}");
        }
        assert!("pass:word".parse::<Secret>().unwrap_err().contains("can be read by others"));
    }
}
