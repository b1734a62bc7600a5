//! The program as its users meet it: options, exit codes, files and what is said.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

mod support;

use support::{ROOT, Ran};

/// A folder of one test: keys of mode 0600, and Alice's message as it was and as she signed it.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        for key in ["alice.key", "alice-rsa2048.key", "alice-rsa2048.enc.key"] {
            fs::copy(keys(key), scene.path(key)).unwrap();
            scene.chmod(key, 0o600);
        }
        scene.write("plain.sip", PLAIN);
        scene.write("plain.mime", b"Content-Type: text/plain\r\n\r\nhello");
        let ran = scene.run(&sign("-out signed.sip plain.sip"));
        assert_eq!(ran.status, 0, "{}", ran.said());
        let signed = scene.read("signed.sip");
        scene.write("damaged.sip", &replaced(&signed, b"hello", b"hallo"));
        scene.write("stream.sip", &[&signed[..], PLAIN, &signed].concat());
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.path(name), octets).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs the program in the folder; `@` stands for the test PKI.
    fn run(&self, arguments: &str) -> Ran {
        self.shell(&format!("sip-smime {arguments}"))
    }

    /// Runs a shell script in the folder, with `sip-smime` in its path.
    fn shell(&self, script: &str) -> Ran {
        let bin = Path::new(env!("CARGO_BIN_EXE_sip-smime")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-c", &script.replace('@', &format!("{ROOT}/testdata/keys/"))])
            .env("PATH", path)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran { status: output.status.code().unwrap(), stdout: output.stdout, stderr: output.stderr }
    }

    /// The names in the folder that no test gave.
    fn left_over(&self) -> Vec<String> {
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with('.')).collect()
    }
}

fn keys(name: &str) -> PathBuf {
    Path::new(ROOT).join("testdata/keys").join(name)
}

fn sign(rest: &str) -> String {
    format!("sign -q -signer @alice.pem -inkey alice.key {rest}")
}

fn verify(rest: &str) -> String {
    format!("verify -q -CAfile @ca.pem {rest}")
}

fn replaced(octets: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = octets.windows(old.len()).position(|window| window == old).unwrap();
    [&octets[..at], new, &octets[at + old.len()..]].concat()
}

fn objects(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether an error was said with this code, and with this text somewhere.
fn assert_says(ran: &Ran, status: i32, code: &str, text: &str, what: &str) {
    let said = ran.said();
    assert_eq!(ran.status, status, "{what}: {said}");
    assert!(said.contains(&format!("[{code}]")) && said.contains(text), "{what}: {said}");
}

// U1: every exit code, through the program.
#[test]
fn u1_exit_codes() {
    let scene = Scene::new();
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    scene.write("enveloped.der", &hex::decode(ENVELOPED).unwrap());
    let nocerts = scene.run(&sign("-nocerts -out nocerts.sip plain.sip"));
    assert_eq!(nocerts.status, 0, "{}", nocerts.said());
    let rows = [
        (0, "", sign("plain.sip")),
        (0, "", verify("signed.sip")),
        (0, "", "--help".to_owned()),
        (0, "", "--version".to_owned()),
        (1, "verify.digest-mismatch", verify("damaged.sip")),
        (1, "verify.not-signed", verify("plain.sip")),
        (1, "trust.no-anchor", "verify -q signed.sip".to_owned()),
        (2, "usage", "verify --frobnicate".to_owned()),
        (2, "usage", String::new()),
        (2, "file.unreadable", verify("missing.sip")),
        (2, "file.unreadable", verify("-in .")),
        (2, "certificate.unreadable", "verify -CAfile plain.sip signed.sip".to_owned()),
        (2, "key.unreadable", "sign -signer @alice.pem -inkey plain.sip plain.sip".to_owned()),
        (3, "sip.bare-lf", sign("lf.sip")),
        (3, "input.empty", verify("/dev/null")),
        (4, "verify.signer-certificate-missing", verify("nocerts.sip")),
        (5, "cms.content-type", verify("enveloped.der")),
    ];
    for (status, code, arguments) in rows {
        let ran = scene.run(&arguments);
        match code.is_empty() {
            true => assert_eq!(ran.status, status, "{arguments}: {}", ran.said()),
            false => assert_says(&ran, status, code, "", &arguments),
        }
        assert!(status == 0 || ran.stdout.is_empty(), "{arguments}");
    }
}

// The worst of several: 2 > 1 > 3 > 5 > 4 > 0.
#[test]
fn u1_the_worst_of_several() {
    let scene = Scene::new();
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    for (files, status) in [
        ("signed.sip lf.sip", 3),
        ("lf.sip damaged.sip", 1),
        ("damaged.sip missing.sip signed.sip", 2),
        ("signed.sip signed.sip", 0),
    ] {
        assert_eq!(scene.run(&verify(files)).status, status, "{files}");
    }
}

// O3: whatever fails, an existing -out is as it was, and nothing else is left.
#[test]
fn o3_a_failure_leaves_the_output_as_it_was() {
    let scene = Scene::new();
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    scene.write("enveloped.der", &hex::decode(ENVELOPED).unwrap());
    scene.write("kept", b"as it was");
    let rows = [
        (1, verify("-out kept damaged.sip")),
        (1, verify("-out kept plain.sip")),
        (1, verify("-out kept signed.sip damaged.sip")),
        (1, verify("-out kept --keep-going damaged.sip plain.sip")),
        (1, verify("-out kept --signer-out kept.pem damaged.sip")),
        (2, verify("-out kept missing.sip")),
        (2, verify("-out kept signed.sip missing.sip")),
        (2, verify("-out kept --frobnicate signed.sip")),
        (2, verify("-out kept --signer-out kept signed.sip")),
        (2, verify("-out kept --signer-out ./kept signed.sip")),
        (2, verify("-out kept --signer-out nodir/x signed.sip")),
        (2, "verify -out kept -CAfile missing.pem signed.sip".to_owned()),
        (2, sign("-out kept plain.mime plain.mime")),
        (2, sign("-out kept plain.sip plain.mime")),
        (3, sign("-out kept lf.sip")),
        (3, sign("-out kept plain.sip lf.sip")),
        (5, sign("-out kept enveloped.der")),
    ];
    for (status, arguments) in rows {
        let ran = scene.run(&arguments);
        assert_eq!(ran.status, status, "{arguments}: {}", ran.said());
        assert_eq!(scene.read("kept"), b"as it was", "{arguments}");
        assert!(!scene.path("kept.pem").exists(), "{arguments}");
        assert_eq!(scene.left_over(), [""; 0], "{arguments}");
        assert!(!ran.said().contains(".sip-smime-"), "{arguments}: {}", ran.said());
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
}

#[test]
fn o3_keep_going_puts_the_good_products_in_place() {
    let scene = Scene::new();
    let ran = scene.run(&verify("--keep-going -out out --signer-out who.pem signed.sip damaged.sip signed.sip"));
    assert_eq!(ran.status, 1, "{}", ran.said());
    assert_eq!(scene.read("out"), [PLAIN, PLAIN].concat());
    // One certificate, though it signed twice.
    assert_eq!(scene.read("who.pem"), fs::read(keys("alice.pem")).unwrap().trim_ascii_start());
}

#[test]
fn o3_the_output_may_name_the_input() {
    let scene = Scene::new();
    let ran = scene.run(&verify("-out signed.sip signed.sip"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert_eq!(scene.read("signed.sip"), PLAIN);
}

#[test]
fn o3_a_link_stays_and_its_target_is_replaced() {
    let scene = Scene::new();
    fs::create_dir(scene.path("folder")).unwrap();
    scene.write("folder/target", b"old");
    scene.chmod("folder/target", 0o640);
    for (link, target) in [("one", "folder/target"), ("two", "one"), ("new", "folder/made")] {
        symlink(target, scene.path(link)).unwrap();
    }
    for (link, file) in [("two", "folder/target"), ("new", "folder/made")] {
        let ran = scene.run(&verify(&format!("-out {link} signed.sip")));
        assert_eq!(ran.status, 0, "{}", ran.said());
        assert!(fs::symlink_metadata(scene.path(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(scene.read(file), PLAIN, "{link}");
    }
    // The mode of what is replaced is kept.
    assert_eq!(fs::metadata(scene.path("folder/target")).unwrap().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(scene.path("one")).unwrap().is_symlink());
}

#[test]
fn o3_a_new_file_obeys_the_umask() {
    let scene = Scene::new();
    for (mask, mode) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let ran = scene.shell(&format!("umask {mask}; sip-smime {}", verify(&format!("-out new{mask} signed.sip"))));
        assert_eq!(ran.status, 0, "{}", ran.said());
        assert_eq!(fs::metadata(scene.path(&format!("new{mask}"))).unwrap().mode() & 0o777, mode, "{mask}");
    }
}

#[test]
fn o3_devices_pipes_and_descriptors() {
    let scene = Scene::new();
    assert_eq!(scene.run(&verify("-out /dev/null signed.sip")).status, 0);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert_says(&scene.run(&verify("-out /dev/full signed.sip")), 2, "file.unwritable", "/dev/full", "/dev/full");
    // A pipe, and a file that holds something already.
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let ran = scene.run(&verify(&format!("-out {name} signed.sip")));
        assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{name}: {}", ran.said());
        let ran = scene.run(&verify(&format!("-out {name} damaged.sip")));
        assert_eq!((ran.status, &ran.stdout[..]), (1, &b""[..]), "{name}: {}", ran.said());
        let command = verify(&format!("-out {name} signed.sip"));
        assert_eq!(scene.shell(&format!("(printf before; sip-smime {command}) >file")).status, 0, "{name}");
        assert_eq!(scene.read("file"), [b"before", PLAIN].concat(), "{name}");
    }
    let ran = scene.shell(&format!("sip-smime {} 3>three", verify("-out /dev/fd/3 signed.sip")));
    assert_eq!((ran.status, scene.read("three")), (0, PLAIN.to_vec()), "{}", ran.said());
    let fifo = format!(
        "mkfifo fifo; cat fifo >got & sip-smime {}; status=$?; wait; exit $status",
        verify("-out fifo signed.sip")
    );
    assert_eq!(scene.shell(&fifo).status, 0);
    assert!(fs::metadata(scene.path("fifo")).unwrap().file_type().is_fifo());
    assert_eq!(scene.read("got"), PLAIN);
    assert_says(&scene.run(&verify("--json -out /dev/stdout signed.sip")), 2, "usage", "-out", "json");
}

#[test]
fn o3_what_cannot_be_written() {
    let scene = Scene::new();
    assert_says(&scene.run(&verify("-out nodir/x signed.sip")), 2, "file.unwritable", "the folder nodir does not", "");
    assert_says(&scene.run(&verify("-out . signed.sip")), 2, "file.unwritable", "it is a directory", "folder");
    fs::create_dir(scene.path("closed")).unwrap();
    scene.chmod("closed", 0o555);
    // Root may write everywhere.
    if fs::write(scene.path("closed/probe"), b"").is_err() {
        let ran = scene.run(&verify("-out closed/x signed.sip"));
        assert_says(&ran, 2, "file.unwritable", "closed/x", "read-only");
        assert!(!ran.said().contains(".sip-smime-"), "{}", ran.said());
    }
    scene.chmod("closed", 0o755);
}

#[test]
fn o3_signer_out() {
    let scene = Scene::new();
    let ran = scene.run(&verify("-signer who.pem signed.sip"));
    assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{}", ran.said());
    assert!(String::from_utf8(scene.read("who.pem")).unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    for name in ["-", "/dev/stdout"] {
        assert_says(&scene.run(&verify(&format!("--signer-out {name} signed.sip"))), 2, "usage", "--signer-out", name);
    }
    // If the certificates cannot be written, there is no product.
    let ran = scene.run(&verify("--signer-out /dev/full -out out signed.sip"));
    assert_says(&ran, 2, "file.unwritable", "/dev/full", "full");
    assert!(!scene.path("out").exists());
}

// Every good signer, and none that is not.
#[test]
fn o3_signer_out_of_several_signers() {
    let scene = Scene::new();
    let object = format!("{ROOT}/testdata/interop/openssl/two-signers-opaque.der");
    let certificates = || String::from_utf8(scene.read("who.pem")).unwrap().matches("BEGIN CERTIFICATE").count();
    assert_eq!(scene.run(&verify(&format!("--signer-out who.pem {object}"))).status, 0);
    assert_eq!(certificates(), 2);
    let alice = format!("verify -q --trust @alice.pem --any-signer --signer-out who.pem {object}");
    assert_eq!(scene.run(&alice).status, 0);
    assert_eq!(certificates(), 1);
}

// A line on the terminal while work goes on, and nothing of it at the end.
#[test]
fn progress_is_shown_on_a_terminal_only() {
    let scene = Scene::new();
    let slow = "(cat signed.sip; sleep 1.4; cat signed.sip)";
    let on_terminal = |rest: &str| {
        let command = format!("sip-smime verify -CAfile @ca.pem {rest} stream >/dev/null");
        let ran = scene.shell(&format!("mkfifo stream; {slow} >stream & script -qec '{command}' /dev/null; rm stream"));
        String::from_utf8(ran.stdout).unwrap()
    };
    let shown = on_terminal("");
    assert!(shown.contains("\r\u{1b}[Ksip-smime: 0 messages\r\u{1b}[Ksip-smime: message 1: "), "{shown:?}");
    assert!(!on_terminal("-q").contains("messages"));
    let piped = scene.shell(&format!("{slow} | sip-smime verify -CAfile @ca.pem"));
    assert!(piped.status == 0 && !piped.said().contains(" messages"), "{}", piped.said());
}

// Who reads the output may stop; who closed it wants to know.
#[test]
fn o3_closed_outputs() {
    let scene = Scene::new();
    // Longer than a pipe holds: 200 objects.
    let signed = scene.read("signed.sip");
    scene.write("many.sip", &signed.repeat(200));
    let piped = |arguments: String, reader: &str| {
        scene.shell(&format!("sip-smime {arguments} | {reader} >/dev/null; exit ${{PIPESTATUS[0]}}"))
    };
    let ran = piped(verify("--json -out all.sip many.sip"), "head -c1");
    assert_eq!((ran.status, ran.said()), (0, String::new()));
    assert_eq!(scene.read("all.sip"), PLAIN.repeat(200));
    scene.write("bad.sip", &[&signed.repeat(200)[..], &scene.read("damaged.sip")].concat());
    assert_eq!(piped(verify("--json bad.sip"), "head -c1").status, 1);
    // A product cut short is a failure, silently.
    let ran = piped(verify("many.sip"), "true");
    assert_eq!((ran.status, ran.said()), (2, String::new()));
    // A signature for nobody.
    let ran = scene.shell(&format!("sip-smime {} >&-", sign("plain.sip")));
    assert_says(&ran, 2, "file.unwritable", "standard output is closed", "sign");
    let closed = scene.shell("sip-smime verify -CAfile @ca.pem signed.sip >&-");
    assert_eq!(closed.status, 0, "{}", closed.said());
    assert!(closed.said().contains("warning: standard output is closed"), "{}", closed.said());
    for redirection in [">/dev/null", "<&-"] {
        assert_eq!(scene.shell(&format!("sip-smime {} {redirection}", sign("plain.sip"))).status, 0, "{redirection}");
    }
    assert_eq!(scene.shell(&format!("sip-smime {} >&-", sign("-out out plain.sip"))).status, 0);
    let full = scene.shell("sip-smime --help >/dev/full");
    assert_says(&full, 2, "file.unwritable", "standard output", "help");
}

// K1: no secret on the command line, and what there is instead.
#[test]
fn k1_passwords() {
    let scene = Scene::new();
    scene.write("password", b"password\nnot this\n");
    let with =
        |source: &str| format!("sign -q -signer @alice-rsa2048.pem -inkey alice-rsa2048.enc.key -passin {source}");
    for (before, source, after) in [
        ("P=password", "env:P", ""),
        ("", "file:password", ""),
        ("", "fd:7", "7<password"),
        ("", "fd:0", "<password"),
        ("", "file:/dev/stdin", "<password"),
    ] {
        let ran = scene.shell(&format!("{before} sip-smime {} plain.sip {after}", with(source)));
        assert_eq!(ran.status, 0, "{source}: {}", ran.said());
    }
    for (source, code, text) in [
        ("env:NOPE", "secret.unavailable", "the environment variable NOPE is not set"),
        ("fd:9", "secret.unavailable", "/dev/fd/9"),
        ("file:nope", "file.unreadable", "nope"),
        ("pass:hidden", "usage", "can be read by others"),
        ("hidden", "usage", "env:NAME"),
        ("file:plain.sip", "key.password-wrong", "alice-rsa2048.enc.key"),
    ] {
        let ran = scene.run(&format!("{} plain.sip", with(source)));
        assert_says(&ran, 2, code, text, source);
        assert!(!ran.said().contains("hidden"), "{}", ran.said());
    }
    for source in ["fd:0", "file:/dev/stdin", "file:/dev/fd/0"] {
        for message in ["", "-", "-in -"] {
            let ran = scene.shell(&format!("sip-smime {} {message} <plain.sip", with(source)));
            assert_says(&ran, 2, "usage", "standard input", source);
        }
    }
    // Without a terminal nobody can be asked.
    let ran = scene.shell(&format!("setsid -w sip-smime {} plain.sip", with("prompt")));
    assert_says(&ran, 2, "secret.unavailable", "terminal", "prompt");
    let ran = scene.run("sign -q -signer @alice-rsa2048.pem -inkey alice-rsa2048.enc.key plain.sip");
    assert_says(&ran, 2, "key.needs-password", "-passin", "none");
}

// K2: a key that others may read.
#[test]
fn k2_keys_of_others() {
    let scene = Scene::new();
    let run = |rest: &str| scene.run(&format!("sign -signer @alice.pem -inkey alice.key {rest} plain.mime"));
    for (mode, is_exposed) in [(0o600, false), (0o400, false), (0o644, true), (0o640, true), (0o604, true)] {
        scene.chmod("alice.key", mode);
        let (lenient, strict) = (run(""), run("--strict"));
        assert_eq!(lenient.status, 0, "{mode:o}: {}", lenient.said());
        assert_eq!(lenient.said().contains("[KEY-READABLE]"), is_exposed, "{mode:o}: {}", lenient.said());
        match is_exposed {
            true => assert_says(&strict, 2, "key.exposed", "chmod 600", "--strict"),
            false => assert_eq!(strict.status, 0, "{mode:o}: {}", strict.said()),
        }
    }
}

#[test]
fn operands_that_are_something_else() {
    let scene = Scene::new();
    // The start of a PKCS #12 file tells what it is.
    scene.write("alice.p12", &hex::decode("300e020103300906072a864886f70d01").unwrap());
    for (arguments, code, text) in [
        ("-signer @alice.pem", "key.unreadable", "hint: give the key with -inkey"),
        ("-signer @alice.key", "certificate.unreadable", "hint: this is a key"),
        ("-signer @alice-rsa2048.enc.key", "certificate.unreadable", "hint: this is a key"),
        ("-signer alice.p12", "certificate.unreadable", "openssl pkcs12 -in alice.p12 -nodes -out FILE"),
        ("-signer @alice.pem -inkey alice.p12", "key.unreadable", "openssl pkcs12 -in alice.p12"),
        ("-inkey alice.key", "usage", "--signer is missing"),
        ("-signer @alice.pem -signer @bob.pem", "usage", "RFC 3261 section 23.3"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 -md sha256", "usage", "--profile rfc6216 and -md"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 --pss", "usage", "--profile rfc6216 and --pss"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 --minimal", "usage", "and --minimal"),
        ("-signer @alice.pem --layout opaque -nodetach", "usage", "--layout and --nodetach exclude one another"),
        ("-signer @alice.pem -in plain.sip", "usage", "--in and an operand exclude one another"),
    ] {
        assert_says(&scene.run(&format!("sign {arguments} plain.sip")), 2, code, text, arguments);
    }
    let ran = scene.run("sign -signer @alice.pem -inkey @bob.key plain.sip");
    assert_says(&ran, 4, "sign.key-mismatch", "bob.key", "a key of another");
}

#[test]
fn content_from_standard_input() {
    let scene = Scene::new();
    assert_eq!(scene.run(&sign("--layout detached --outform DER -out d.der plain.mime")).status, 0);
    let ran = scene.shell(&format!("sip-smime {} <plain.mime", verify("--content - d.der")));
    assert_eq!((ran.status, ran.stdout), (0, scene.read("plain.mime")));
    let both = scene.shell(&format!("sip-smime {} <plain.mime", verify("--content - ")));
    assert_says(&both, 2, "usage", "both", "-");
}

#[test]
fn values_in_any_case() {
    let scene = Scene::new();
    let options = "-inform SMIME -outform Pem -md SHA256 -out c.pem plain.mime";
    assert_eq!(scene.run(&sign(options)).status, 0);
    assert_eq!(scene.run(&verify("-inform PEM c.pem")).status, 0);
    assert_eq!(scene.run(&verify("-inform Smime c.pem")).status, 3);
}

// Products that cannot follow one another in one output.
#[test]
fn only_sip_messages_follow_one_another() {
    let scene = Scene::new();
    assert_eq!(scene.run(&sign("-out signed.mime plain.mime")).status, 0);
    for (arguments, verb) in [
        (sign("plain.mime plain.mime"), "sign"),
        (sign("plain.sip plain.mime"), "sign"),
        (sign("-outform mime stream.sip"), "sign"),
        (sign("-outform der plain.sip plain.sip"), "sign"),
        (verify("signed.mime signed.mime"), "verify"),
        (verify("signed.sip signed.mime"), "verify"),
        (verify("-outform mime stream.sip"), "verify"),
        (verify("--jobs 4 -outform mime stream.sip"), "verify"),
    ] {
        let ran = scene.run(&arguments);
        assert_says(&ran, 2, "usage", &format!("in one output: {verb} the files one by one"), &arguments);
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
    // Without a product there is nothing to follow.
    assert_eq!(objects(&scene.run(&verify("--json signed.mime signed.mime")).stdout).len(), 2);
    assert_eq!(scene.run(&sign("plain.sip plain.sip")).status, 0);
    assert_eq!(scene.run(&verify("stream.sip")).stdout, [PLAIN, PLAIN].concat());
}

#[test]
fn several_messages_are_told_apart() {
    let scene = Scene::new();
    let lines = |arguments: &str| {
        let ran = scene.shell(&format!("sip-smime verify -CAfile @ca.pem {arguments}"));
        let said = ran.said();
        said.lines().filter(|line| line.contains("integrity: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let good = "integrity: good";
    assert_eq!(lines("signed.sip"), [format!("sip-smime: {good}")]);
    assert_eq!(lines("- <signed.sip"), [format!("sip-smime: {good}")]);
    for jobs in ["", "--jobs 4 "] {
        let expected = [format!("sip-smime: message 1: {good}"), format!("sip-smime: message 3: {good}")];
        assert_eq!(lines(&format!("{jobs}stream.sip")), expected);
    }
    let expected =
        [format!("sip-smime: signed.sip, message 1: {good}"), format!("sip-smime: standard input, message 1: {good}")];
    assert_eq!(lines("signed.sip - <signed.sip"), expected);
}

#[test]
fn every_message_and_every_file_has_its_object() {
    let scene = Scene::new();
    scene.write("first.sip", &[PLAIN, PLAIN, &scene.read("signed.sip"), PLAIN].concat());
    for jobs in ["", "--jobs 3 "] {
        let ran = scene.shell(&format!(
            "sip-smime {} <stream.sip",
            verify(&format!("{jobs}--json first.sip missing.sip - plain.sip"))
        ));
        assert_eq!(ran.status, 2);
        let found: Vec<_> = objects(&ran.stdout)
            .iter()
            .map(|object| {
                let code = object["error"]["code"].as_str().map(str::to_owned);
                let file = object["file"].as_str().map(str::to_owned);
                (file, object["message"].as_u64(), object["exit"].as_u64().unwrap(), object["skipped"] == true, code)
            })
            .collect();
        let name = |name: &str| Some(name.to_owned());
        let expected = [
            (name("first.sip"), Some(1), 0, true, None),
            (name("first.sip"), Some(2), 0, true, None),
            (name("first.sip"), Some(3), 0, false, None),
            (name("first.sip"), Some(4), 0, true, None),
            (name("missing.sip"), None, 2, false, name("file.unreadable")),
            (None, Some(1), 0, false, None),
            (None, Some(2), 0, true, None),
            (None, Some(3), 0, false, None),
            // Alone, it is a failure.
            (name("plain.sip"), Some(1), 1, false, name("verify.not-signed")),
        ];
        assert_eq!(found, expected);
    }
}

// A word that is almost an option is never one: exit 2, and what was meant.
#[test]
fn u2_mistyped_options() {
    let scene = Scene::new();
    for command in ["sign", "verify"] {
        let help = String::from_utf8(scene.run(&format!("{command} --help")).stdout).unwrap();
        let options: Vec<&str> = help
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"))
            .map(|word| word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
            .collect();
        assert!(options.len() > 20, "{options:?}");
        for option in &options {
            for dashes in ["-", "--"] {
                let (start, end) = option.split_at(option.len() / 2);
                let doubled = format!("{dashes}{start}{}{end}", &end[..1]);
                let ran = scene.run(&format!("{command} {doubled} x"));
                assert_says(&ran, 2, "usage", "there is no option", &doubled);
                let is_suggested = ran.said().contains("did you mean -");
                assert!(is_suggested || WEAKENING.contains(option), "{doubled}: {}", ran.said());
                let shouted = format!("{dashes}{}", option.to_uppercase().replace('-', "_"));
                let ran = scene.run(&format!("{command} {shouted} x"));
                let meant = if *option == "attime" { "at-time" } else { option };
                assert_says(&ran, 2, "usage", &format!("did you mean -{meant}?"), &shouted);
            }
        }
        for weakening in ["-noverfy", "-any-sgner", "-allow-legcy", "-nodetch", "-noatr", "-forse"] {
            let ran = scene.run(&format!("{command} {weakening} x"));
            let said = ran.said();
            let is_named = |option: &&str| said.contains(&format!("mean -{option}?"));
            assert!(!WEAKENING.iter().any(is_named), "{weakening}: {said}");
            assert_eq!(ran.status, 2, "{weakening}: {said}");
        }
    }
}

#[test]
fn u2_words_of_openssl() {
    let scene = Scene::new();
    for (arguments, text) in [
        ("", "no command was given: sign or verify"),
        ("encrypt -recip a", "encrypt is not there yet"),
        ("smime -verify -in x", "write sip-smime sign or sip-smime verify"),
        ("cms -sign -in x", "write sip-smime sign or sip-smime verify"),
        ("-in x sign", "options follow the command"),
        ("verfiy x", "did you mean verify?"),
        ("signed.sip", "the first word is the command"),
        ("verify -verify x", "verify is the command: leave it out"),
        ("verify -verify_email a@b x", "use --identity URI"),
        ("verify -nosigs x", "would prove nothing"),
        ("verify -partial_chain x", "--trust CERT"),
        ("verify -crl_check x", "revocation is not checked yet"),
        ("verify -cafile x", "did you mean -CAfile?"),
        ("verify -inkey x y", "verify needs no private key"),
        ("verify -CAfile a -CAfile b x", "put the certificates in one file, or use -CApath"),
        ("verify --max-size 1k x", "a whole number"),
        ("verify --jobs x x", "a whole number"),
        ("verify --at-time 2026 x", "a year is no time: write 2026-01-01"),
        ("verify --purpose mail x", "possible values: smime, sip, any"),
        ("verify --diagnose x", "not there yet"),
        ("verify -q=1 x", "-q takes no value"),
        ("verify -CAfile=x y", "write the value as a word of its own: -CAfile x"),
        ("sign -CAfile x y", "-CAfile is an option of verify"),
        ("sign -detached x", "use --layout detached"),
        ("sign -sha256 x", "use -md sha256"),
    ] {
        let ran = scene.run(arguments);
        assert_says(&ran, 2, "usage", text, arguments);
        assert!(!ran.said().contains("For more information"), "{}", ran.said());
    }
    for arguments in ["help", "help sign", "sign -help", "--help", "-h"] {
        let ran = scene.run(arguments);
        assert_eq!((ran.status, ran.said()), (0, String::new()), "{arguments}");
        assert!(String::from_utf8(ran.stdout).unwrap().contains("Usage:"), "{arguments}");
    }
}

/// Options that no mistake may lead to.
const WEAKENING: [&str; 6] = ["noverify", "any-signer", "allow-legacy", "nodetach", "noattr", "force"];
/// Alice's message.
const PLAIN: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\n\
    From: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.org>\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 5\r\n\r\nhello";
/// An EnvelopedData without recipients.
const ENVELOPED: &str = "300f06092a864886f70d010703a0023000";
