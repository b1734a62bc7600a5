//! The keyring (RFC 3261 section 23.2): certificates that changed, what is learnt and what is not, whose pin is
//! whose, and what the folder holds afterwards.

use std::collections::BTreeSet;
use std::fs;

use crate::encryption;
use crate::scene::{PLAIN, Scene, assert_says, keys, objects, replaced};
use crate::support::Ran;

/// Certificates by the names that the tables use. `p384` and `new` are Alice's, too; `both` is Alice and Bob.
const CERTIFICATES: [&str; 5] = ["alice", "p384", "new", "both", "bob"];

/// Runs the program; the `@` of an address stays what it is.
pub fn run(scene: &Scene, arguments: &str) -> Ran {
    shell(scene, &format!("sip-smime {arguments}"))
}

pub fn shell(scene: &Scene, script: &str) -> Ran {
    let mut kept = String::new();
    for character in script.chars() {
        match character {
            '@' if !kept.ends_with([' ', ':', '=']) => kept.push_str("\"$(printf '\\100')\""),
            other => kept.push(other),
        }
    }
    scene.shell(&kept)
}

/// A scene with an empty keyring `ring`, and Alice's message as she signed it with each of her keys.
pub fn scene() -> Scene {
    let scene = encryption::scene();
    fs::create_dir(scene.path("ring")).unwrap();
    for (name, file) in [("alice", "alice"), ("p384", "alice-p384"), ("bob", "bob")] {
        fs::copy(keys(&format!("{file}.pem")), scene.path(&format!("{name}.pem"))).unwrap();
        fs::copy(keys(&format!("{file}.key")), scene.path(&format!("{name}.key"))).unwrap();
    }
    let made = shell(
        &scene,
        "set -e; sip-smime gen-cert -q --seed 1 -out new.pem -keyout new.key sip:alice@example.com\n\
         sip-smime gen-cert -q --seed 2 -out both.pem -keyout both.key sip:alice@example.com sip:bob@example.org",
    );
    assert_eq!(made.status, 0, "{}", made.said());
    for name in ["alice", "p384", "new", "both"] {
        let ran = run(&scene, &format!("sign -q -signer {name}.pem -inkey {name}.key -out {name}.sip plain.sip"));
        assert_eq!(ran.status, 0, "{name}: {}", ran.said());
    }
    let from_bob =
        replaced(&replaced(PLAIN, b"alice@example.com", b"BOB"), b"bob@example.org>\r\nC", b"alice@example.com>\r\nC");
    scene.write("from-bob.sip", &replaced(&from_bob, b"<sip:BOB>", b"<sip:bob@example.org>"));
    for name in ["both", "bob"] {
        let arguments = format!("sign -q -signer {name}.pem -inkey {name}.key -out {name}-as-bob.sip from-bob.sip");
        assert_eq!(run(&scene, &arguments).status, 0);
    }
    scene
}

/// What the keyring holds: files that were put there by their names; what was learnt as address, worth and
/// certificate.
pub fn content(scene: &Scene) -> Vec<String> {
    let names = |folder: &str| -> BTreeSet<String> {
        let Ok(found) = fs::read_dir(scene.path(folder)) else { return BTreeSet::new() };
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mut content: Vec<String> = names("ring").into_iter().filter(|name| name != "learnt").collect();
    for name in names("ring/learnt") {
        let text = String::from_utf8(scene.read(&format!("ring/learnt/{name}"))).unwrap();
        let fields: Vec<&str> = text.lines().take(2).map(|line| line.split_once(": ").unwrap().1).collect();
        let is_in = |name: &&&str| {
            let pem = String::from_utf8(scene.read(&format!("{name}.pem"))).unwrap();
            text.contains(pem.trim())
        };
        let certificate = CERTIFICATES.iter().find(is_in).unwrap_or(&"?");
        content.push(format!("{} {} {certificate}", fields[0], fields[1]));
    }
    content.sort();
    content
}

/// Empties the keyring, and puts into it what is named: `NAME` the certificate `NAME.pem`.
pub fn refill(scene: &Scene, placed: &[&str]) {
    fs::remove_dir_all(scene.path("ring")).unwrap();
    fs::create_dir(scene.path("ring")).unwrap();
    for name in placed {
        fs::copy(scene.path(&format!("{name}.pem")), scene.path(&format!("ring/{name}.pem"))).unwrap();
    }
}

pub const CA: &str = "verify -CAfile @ca.pem --keyring ring";
pub const LEARN: &str = "verify -CAfile @ca.pem --keyring ring --learn";
pub const BARE: &str = "verify --keyring ring";

// VFY-17, VFY-18, VFY-19: what is in the keyring; commands, each with its exit code and what is said; what the
// keyring holds then.
#[test]
fn vfy_18_scenarios() {
    let scene = scene();
    type Step<'a> = (&'a str, &'a str, i32, &'a str);
    type Row<'a> = (&'a [&'a str], &'a [Step<'a>], &'a [&'a str]);
    let learnt = "sip:alice@example.com path alice";
    let rows: &[Row<'_>] = &[
        // An empty keyring changes nothing, and without --learn stays empty.
        (&[], &[(CA, "alice.sip", 0, "keyring: stranger, sip:alice@example.com")], &[]),
        (&[], &[(BARE, "alice.sip", 1, "[trust.no-anchor]"), (LEARN, "new.sip", 1, "[trust.unknown-issuer]")], &[]),
        // What is learnt is known, once. A certificate with a good path is a changed one, and nothing is learnt of
        // it.
        (
            &[],
            &[
                (LEARN, "alice.sip", 0, "learnt: sip:alice@example.com: CN=Alice,O=test, SHA-256 fingerprint "),
                (LEARN, "alice.sip", 0, "keyring: known"),
                (CA, "alice.sip", 0, "keyring: known"),
                (CA, "p384.sip", 1, "[trust.keyring-changed]"),
                (LEARN, "p384.sip", 1, "[KEYRING-CHANGED, RFC 3261 section 23.2]"),
                (CA, "p384.sip --any-signer --allow-legacy --purpose any", 1, "[trust.keyring-changed]"),
                ("verify -noverify --keyring ring", "p384.sip", 1, "[trust.keyring-changed]"),
                ("verify -noverify --keyring ring", "alice.sip", 0, "trust: not checked: -noverify"),
            ],
            &[learnt],
        ),
        // --trust permits it: for one run, or for good, beside the old one.
        (
            &[],
            &[
                (LEARN, "alice.sip", 0, "learnt: "),
                (
                    CA,
                    "p384.sip --trust p384.pem",
                    0,
                    "warning: the certificate for sip:alice@example.com is not the one known",
                ),
                (CA, "p384.sip", 1, "[trust.keyring-changed]"),
                (CA, "p384.sip --trust new.pem", 1, "[trust.keyring-changed]"),
                (BARE, "p384.sip -CAfile p384.pem", 1, "[trust.keyring-changed]"),
                (LEARN, "p384.sip --trust p384.pem", 0, "a pin, in ring/learnt/alice@example.com."),
                (CA, "p384.sip", 0, "keyring: pinned"),
                (CA, "alice.sip", 0, "keyring: known"),
                (BARE, "alice.sip", 1, "[trust.no-anchor]"),
                (BARE, "p384.sip", 0, "keyring: pinned"),
                (BARE, "new.sip", 1, "[trust.keyring-changed]"),
            ],
            &[learnt, "sip:alice@example.com pin p384"],
        ),
        // Of a certificate that a path was learnt of, --trust makes a pin.
        (
            &[],
            &[
                (LEARN, "alice.sip", 0, "learnt: "),
                (LEARN, "alice.sip --trust alice.pem", 0, "a pin, in "),
                (LEARN, "alice.sip --trust alice.pem", 0, "keyring: permitted"),
                (BARE, "alice.sip", 0, "keyring: pinned"),
            ],
            &[learnt, "sip:alice@example.com pin alice"],
        ),
        // One that is not a pin needs its anchor again.
        (
            &[],
            &[
                (LEARN, "alice.sip", 0, "learnt: "),
                (BARE, "alice.sip", 1, "[trust.no-anchor]"),
                (BARE, "alice.sip -CAfile @other-ca.pem", 1, "[trust."),
            ],
            &[learnt],
        ),
        // What the user put there is a pin for everybody whom it names; what was learnt with --trust for its address.
        (
            &["both"],
            &[(BARE, "both.sip", 0, "keyring: pinned"), (BARE, "both-as-bob.sip", 0, "keyring: pinned")],
            &["both.pem"],
        ),
        (
            &[],
            &[
                (LEARN, "both.sip --trust both.pem", 0, "a pin, in "),
                (BARE, "both.sip", 0, "keyring: pinned"),
                (BARE, "both-as-bob.sip", 1, "[trust.no-anchor]"),
                (CA, "both-as-bob.sip", 1, "[trust.unknown-issuer]"),
                (CA, "bob-as-bob.sip", 0, "keyring: stranger, sip:bob@example.org"),
            ],
            &["sip:alice@example.com pin both"],
        ),
        // A pin is checked in everything but its path.
        (
            &["alice"],
            &[
                (BARE, "alice.sip --at-time 2050-01-01", 1, "[trust.expired]"),
                (BARE, "alice.sip -crl_check", 1, "[trust.revocation-unknown]"),
                (BARE, "alice.sip --identity to", 1, "identity: bad: identity.mismatch"),
                (BARE, "alice.sip", 0, "trust: good (CN=Alice,O=test)"),
            ],
            &["alice.pem"],
        ),
        // A user's certificate is the one that counts, whoever issued the other.
        (&["new"], &[(CA, "alice.sip", 1, "known is CN=alice,OU=test with")], &["new.pem"]),
        (&["new"], &[(CA, "alice.sip", 1, "(ring/new.pem)"), (BARE, "new.sip", 0, "pinned")], &["new.pem"]),
        // A message that somebody else signed is a matter of identity.
        (&["alice"], &[(CA, "alice.sip --identity sip:bob@example.org", 1, "[identity.mismatch]")], &["alice.pem"]),
        // The address that is asked for is the one that counts, however it is spelled.
        (
            &["alice"],
            &[
                (CA, "p384.sip --identity sip:%61lice@EXAMPLE.com\\;transport=tcp", 1, "[trust.keyring-changed]"),
                (CA, "p384.sip --identity sips:alice@example.com", 1, "[trust.keyring-changed]"),
            ],
            &["alice.pem"],
        ),
        (
            &[],
            &[(
                LEARN,
                "alice.sip --identity sip:%61lice@EXAMPLE.com\\;transport=tcp",
                0,
                "learnt: sip:%61lice@example.com",
            )],
            &["sip:%61lice@example.com path alice"],
        ),
        // Nothing is learnt of what is not good.
        (
            &[],
            &[
                (LEARN, "damaged.sip", 1, "[verify.digest-mismatch]"),
                (LEARN, "plain.sip", 1, "[verify.not-signed]"),
                (LEARN, "new.sip", 1, "[trust.unknown-issuer]"),
                (LEARN, "alice.sip --identity to", 1, "[identity.mismatch]"),
                (LEARN, "alice.sip --require-date", 1, "[freshness.no-date]"),
                (LEARN, "alice.sip -out nodir/x", 2, "[file.unwritable]"),
                (LEARN, "alice.sip -out /dev/full", 2, "[file.unwritable]"),
                (LEARN, "alice.sip damaged.sip -out out.sip", 1, "[verify.digest-mismatch]"),
                (LEARN, "alice.sip -noverify", 2, "--learn and -noverify exclude"),
                (LEARN, "alice.sip --identity none", 2, "--keyring and --identity none exclude"),
                ("verify -CAfile @ca.pem --learn", "alice.sip", 2, "--keyring is missing"),
            ],
            &[],
        ),
        // What is given out is learnt from.
        (&[], &[(LEARN, "alice.sip damaged.sip", 1, "learnt: sip:alice@example.com")], &[learnt]),
        (&[], &[(LEARN, "alice.sip damaged.sip -out out.sip --keep-going", 1, "learnt: ")], &[learnt]),
        (&[], &[(LEARN, "alice.sip --json", 0, "learnt: ")], &[learnt]),
        (&[], &[(LEARN, "alice.sip -out out.sip", 0, "learnt: ")], &[learnt]),
    ];
    for (placed, steps, expected) in rows {
        refill(&scene, placed);
        for (command, arguments, status, text) in *steps {
            let ran = run(&scene, &format!("{command} {arguments}"));
            assert_eq!(ran.status, *status, "{command} {arguments}: {}", ran.said());
            assert!(ran.said().contains(text), "{command} {arguments}: {text:?} is not in {}", ran.said());
            assert_eq!(
                ran.said().contains("learnt: "),
                text.contains("learnt") || text.contains("a pin, in"),
                "{arguments}"
            );
        }
        assert_eq!(content(&scene), *expected, "{steps:?}");
        assert_eq!(scene.left_over(), [""; 0]);
    }
}

// VFY-18: subject, issuer and fingerprint of both, and what to do.
#[test]
fn vfy_18_what_is_said_of_a_change() {
    let scene = scene();
    refill(&scene, &["alice"]);
    let fingerprint = |name: &str| {
        let line = shell(&scene, &format!("sip-smime check-san {name}.pem | grep fingerprint"));
        String::from_utf8(line.stdout).unwrap().trim().rsplit(' ').next().unwrap().to_owned()
    };
    let ran = run(&scene, &format!("{CA} p384.sip"));
    for text in [
        "error: the certificate of the signer has changed, this may be a breach of security: sip:alice@example.com"
            .to_owned(),
        format!("issued by CN=sip-smime test CA,O=test, SHA-256 fingerprint {}; known is", fingerprint("p384")),
        format!("SHA-256 fingerprint {} (ring/alice.pem)  [trust.keyring-changed]", fingerprint("alice")),
        "rule: RFC 3261 section 23.2".to_owned(),
        "hint: ask the sender over another channel".to_owned(),
        "--learn --trust NEWCERT".to_owned(),
        "trust: bad: trust.keyring-changed".to_owned(),
        "keyring: changed, sip:alice@example.com".to_owned(),
    ] {
        assert!(ran.said().contains(&text), "{text} is not in {}", ran.said());
    }
    assert!(ran.stdout.is_empty());
    let json = &objects(&run(&scene, &format!("{CA} --json p384.sip")).stdout)[0];
    let signer = &json["verification"]["signers"][0];
    assert_eq!(json["error"]["code"], "trust.keyring-changed");
    assert_eq!(signer["trust"]["error"]["code"], "trust.keyring-changed");
    assert_eq!((&signer["integrity"]["verdict"], &signer["keyring"]["standing"]), (&"good".into(), &"changed".into()));
    assert_eq!(signer["keyring"]["addresses"][0], "sip:alice@example.com");
    assert_eq!(json["verification"]["findings"][0]["finding"], "KEYRING-CHANGED");
}

// A claim that the certificate does not name, or none at all: there is nobody to look for.
#[test]
fn vfy_18_without_an_address() {
    let scene = scene();
    refill(&scene, &["p384"]);
    let signed = run(&scene, "sign -q -signer alice.pem -inkey alice.key plain.mime");
    scene.write("signed.mime", &signed.stdout);
    let ran = run(&scene, &format!("{LEARN} signed.mime"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert!(ran.said().contains("keyring: not asked"), "{}", ran.said());
    assert!(ran.said().contains("not learnt: no identity was claimed"), "{}", ran.said());
    let ran = run(&scene, &format!("{LEARN} --identity sip:alice@example.com signed.mime"));
    assert_says(&ran, 1, "trust.keyring-changed", "", "an identity that is asked for");
    assert_eq!(content(&scene), ["p384.pem"]);
    // P-Asserted-Identity may hold two: one that changed is enough.
    let both = b"From: <sip:x@example.net>\r\nP-Asserted-Identity: <sip:alice@example.com>, <sip:bob@example.org>\r\n";
    let asserted = replaced(PLAIN, b"From: <sip:alice@example.com>;tag=1\r\n", both);
    scene.write("asserted.sip", &asserted);
    assert_eq!(run(&scene, "sign -q -signer both.pem -inkey both.key -out asserted.sip asserted.sip").status, 0);
    for (placed, options, status, text, expected) in [
        (&["alice"][..], "", 1, "[trust.keyring-changed]", &["alice.pem"][..]),
        (&["bob"], "", 1, "[trust.keyring-changed]", &["bob.pem"]),
        (&["both"], "", 0, "keyring: pinned", &["both.pem"]),
        // Who has a certificate of his own is not known by one that names others, too.
        (&["both", "bob"], "", 1, "[trust.keyring-changed]", &["bob.pem", "both.pem"]),
        (&[], "--trust both.pem", 0, "learnt: ", &["sip:alice@example.com pin both", "sip:bob@example.org pin both"]),
        (
            &["alice"],
            "--trust both.pem",
            0,
            "learnt: ",
            &["alice.pem", "sip:alice@example.com pin both", "sip:bob@example.org pin both"],
        ),
    ] {
        refill(&scene, placed);
        let ran = run(&scene, &format!("{LEARN} --identity pai {options} asserted.sip"));
        assert_eq!(
            (ran.status, content(&scene)),
            (status, expected.iter().map(|one| (*one).to_owned()).collect()),
            "{}",
            ran.said()
        );
        assert!(ran.said().contains(text), "{text}: {}", ran.said());
    }
    // A pin for one of the two is none for the other, and teaches nothing about it.
    for (signed, status, text) in [("both-as-bob.sip", 1, "[trust.no-anchor]"), ("both.sip", 0, "keyring: pinned")] {
        refill(&scene, &[]);
        assert_eq!(run(&scene, &format!("{LEARN} --trust both.pem {signed}")).status, 0);
        let before = content(&scene);
        let ran = run(&scene, &format!("{BARE} --learn --identity pai asserted.sip"));
        assert_eq!((ran.status, content(&scene)), (status, before), "{signed}: {}", ran.said());
        assert!(ran.said().contains(text), "{signed}: {}", ran.said());
    }
}

// A weak signature is accepted if it was asked for, and teaches nothing.
#[test]
fn vfy_19_weak_signatures_teach_nothing() {
    let scene = scene();
    let ran = run(&scene, "sign -q -noattr -signer alice.pem -inkey alice.key -out weak.sip plain.sip");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let ran = run(&scene, &format!("{LEARN} --allow-legacy weak.sip"));
    assert_eq!((ran.status, content(&scene)), (0, Vec::new()), "{}", ran.said());
    assert!(ran.said().contains("not learnt: something in the message is too weak"), "{}", ran.said());
    // A key that somebody else may have by now. It is not ours to make: openssl signs with it.
    let made = shell(
        &scene,
        "openssl req -x509 -nodes -newkey rsa:1024 -days 9 -subj /CN=weak -addext subjectAltName=URI:sip:alice@example.com \
         -keyout weak.key -out weak.pem 2>&1 && \
         openssl cms -sign -binary -nodetach -in plain.mime -signer weak.pem -inkey weak.key -outform DER -out weak.der",
    );
    if made.status != 0 {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", String::from_utf8_lossy(&made.stdout));
        return;
    }
    let weak = "--keyring ring --learn --trust weak.pem --allow-legacy --identity sip:alice@example.com weak.der";
    let ran = run(&scene, &format!("verify {weak}"));
    assert_eq!((ran.status, content(&scene)), (0, Vec::new()), "{}", ran.said());
    assert!(ran.said().contains("not learnt: something in the message is too weak"), "{}", ran.said());
}

// VFY-18: a message in a stream is compared with what those before it taught, however many are worked on at once.
#[test]
fn vfy_18_streams() {
    let scene = scene();
    let [alice, p384, bob] = ["alice.sip", "p384.sip", "bob-as-bob.sip"].map(|name| scene.read(name));
    scene.write("changed.sip", &[&alice[..], &alice, &bob, &p384, &alice].concat());
    scene.write("other.sip", &[&p384[..], &bob, &alice].concat());
    let one = |address: &str, name: &str| format!("{address} path {name}");
    for jobs in ["", "--jobs 8"] {
        refill(&scene, &[]);
        let ran = run(&scene, &format!("{LEARN} {jobs} changed.sip"));
        assert_says(&ran, 1, "trust.keyring-changed", "at: changed.sip, message 4", jobs);
        assert!(ran.said().contains("(learnt in this run)"), "{}", ran.said());
        assert_eq!(ran.stdout.windows(7).filter(|window| *window == b"MESSAGE").count(), 4, "{jobs}");
        assert_eq!(
            content(&scene),
            [one("sip:alice@example.com", "alice"), one("sip:bob@example.org", "bob")],
            "{jobs}"
        );
        // What was learnt then stands.
        let ran = run(&scene, &format!("{LEARN} {jobs} other.sip"));
        assert_says(&ran, 1, "trust.keyring-changed", "at: other.sip, message 1", jobs);
        assert!(!ran.said().contains("learnt: "), "{}", ran.said());
        // Without --learn each message is compared with the folder alone.
        refill(&scene, &[]);
        assert_eq!(run(&scene, &format!("{CA} {jobs} changed.sip")).status, 0);
        refill(&scene, &["bob", "p384"]);
        let ran = run(&scene, &format!("{CA} {jobs} --json changed.sip"));
        let exits: Vec<u64> = objects(&ran.stdout).iter().map(|object| object["exit"].as_u64().unwrap()).collect();
        assert_eq!(exits, [1, 1, 0, 0, 1], "{jobs}");
    }
    // Several files are one run.
    refill(&scene, &[]);
    let ran = run(&scene, &format!("{LEARN} p384.sip alice.sip"));
    assert_says(&ran, 1, "trust.keyring-changed", "at: alice.sip, message 1", "files");
    assert_eq!(content(&scene), [one("sip:alice@example.com", "p384")]);
}

// VFY-10, VFY-18: the signer's certificate may be missing in the message, if it is known.
#[test]
fn vfy_10_certificates_of_signers() {
    let scene = scene();
    let sign = "sign -q --certs none -signer alice.pem -inkey alice.key -out bare.sip plain.sip";
    assert_eq!(run(&scene, sign).status, 0);
    let ran = run(&scene, &format!("{CA} bare.sip"));
    assert_says(&ran, 4, "verify.signer-certificate-missing", "", "empty");
    refill(&scene, &["alice", "p384"]);
    for command in [format!("{CA} bare.sip"), format!("{BARE} bare.sip"), format!("{CA} -nointern alice.sip")] {
        let ran = run(&scene, &command);
        assert_eq!(ran.status, 0, "{command}: {}", ran.said());
    }
}

// A signer beside the claimed one is nobody's changed certificate: Bob signs with Alice.
#[test]
fn vfy_18_several_signers() {
    let scene = scene();
    fs::copy(keys("bob-p384.pem"), scene.path("bob-p384.pem")).unwrap();
    let signed = "@../interop/openssl/two-signers-opaque.der --identity sip:alice@example.com -out out";
    for (placed, status, text, expected) in [
        (&[][..], 0, "learnt: sip:alice@example.com: CN=Alice", &["sip:alice@example.com path alice"][..]),
        (&["bob-p384"], 0, "keyring: not asked", &["bob-p384.pem", "sip:alice@example.com path alice"]),
        (&["p384"], 1, "[trust.keyring-changed]", &["p384.pem"]),
        (&["p384", "alice"], 0, "keyring: pinned", &["alice.pem", "p384.pem"]),
    ] {
        refill(&scene, placed);
        let ran = run(&scene, &format!("{LEARN} {signed}"));
        assert_eq!(ran.status, status, "{placed:?}: {}", ran.said());
        assert!(ran.said().contains(text), "{placed:?}: {text} is not in {}", ran.said());
        assert_eq!(content(&scene), expected, "{placed:?}");
    }
}
