//! What is written where, and what is left as it was (O3).

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};

use crate::scene::{ENVELOPED, PLAIN, Scene, assert_says, keys, sign, verify};
use crate::support::ROOT;

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

// Only the message may be replaced by what comes of it: a key that is written over is lost.
#[test]
fn what_is_read_is_not_written_over() {
    let scene = Scene::new();
    for name in ["bob.key", "bob.pem", "ca.pem", "alice.pem", "kek/128.bin", "kek/password"] {
        fs::copy(keys(name), scene.path(name.trim_start_matches("kek/"))).unwrap();
    }
    scene.chmod("bob.key", 0o600);
    fs::create_dir(scene.path("anchors")).unwrap();
    fs::copy(keys("ca.pem"), scene.path("anchors/ca.pem")).unwrap();
    symlink("alice.key", scene.path("link")).unwrap();
    fs::hard_link(scene.path("bob.key"), scene.path("second-name")).unwrap();
    assert_eq!(scene.run("encrypt -q -recip bob.pem --kek a:128.bin -out encrypted.sip plain.sip").status, 0);
    assert_eq!(scene.run("sign -q -signer alice.pem -inkey alice.key -out signed.sip plain.sip").status, 0);
    let rows = [
        ("alice.key", "sign -signer alice.pem -inkey alice.key -out alice.key plain.sip"),
        ("alice.key", "sign -signer alice.pem -inkey alice.key -out ./alice.key plain.sip"),
        ("alice.key", "sign -signer alice.pem -inkey alice.key -out link plain.sip"),
        ("alice.key", "sign -signer alice.pem -inkey link -out alice.key plain.sip"),
        ("alice.pem", "sign -signer alice.pem -inkey alice.key -out alice.pem plain.sip"),
        ("ca.pem", "sign -signer alice.pem -inkey alice.key -certfile ca.pem -out ca.pem plain.sip"),
        ("password", "sign -signer alice.pem -inkey alice.key -passin file:password -out password plain.sip"),
        ("ca.pem", "verify -CAfile ca.pem -out ca.pem signed.sip"),
        ("ca.pem", "verify -CAfile ca.pem -signer ca.pem signed.sip"),
        ("anchors/ca.pem", "verify -CApath anchors -out anchors/ca.pem signed.sip"),
        ("alice.pem", "verify --trust alice.pem --signer-out alice.pem signed.sip"),
        ("alice.pem", "verify -CAfile ca.pem -certfile alice.pem -out alice.pem signed.sip"),
        ("signed.sip", "verify -CAfile ca.pem --signer-out signed.sip signed.sip"),
        ("bob.pem", "encrypt -recip bob.pem -out bob.pem plain.sip"),
        ("bob.pem", "encrypt -in plain.sip -out bob.pem bob.pem"),
        ("bob.pem", "encrypt -recip alice.pem --encrypt-to-self bob.pem -out bob.pem plain.sip"),
        ("128.bin", "encrypt --kek a:128.bin -out 128.bin plain.sip"),
        ("password", "encrypt --password file:password -out password plain.sip"),
        ("signed.sip", "encrypt -recip alice.pem --caps-from signed.sip -out signed.sip plain.sip"),
        ("alice.key", "encrypt -recip bob.pem -signer alice.pem -inkey alice.key -out alice.key plain.sip"),
        ("bob.key", "decrypt -recip bob.pem -inkey bob.key -out bob.key encrypted.sip"),
        ("bob.key", "decrypt -recip bob.pem -inkey bob.key -out second-name encrypted.sip"),
        ("bob.pem", "decrypt -recip bob.pem -inkey bob.key -out bob.pem encrypted.sip"),
        ("128.bin", "decrypt --kek a:128.bin -out 128.bin encrypted.sip"),
        ("password", "decrypt --password file:password -out password encrypted.sip"),
        ("bob.pem", "decrypt -inkey bob.key --verify -CAfile ca.pem --signer-out bob.pem -recip bob.pem encrypted.sip"),
        ("encrypted.sip", "decrypt -inkey bob.key --verify -CAfile ca.pem -signer encrypted.sip encrypted.sip"),
    ];
    for (file, arguments) in rows {
        let before = scene.read(file);
        let ran = scene.run(arguments);
        assert_says(&ran, 2, "usage", "would overwrite", arguments);
        assert!(ran.said().contains("hint: name another file to write"), "{arguments}: {}", ran.said());
        assert!(scene.read(file) == before && ran.stdout.is_empty(), "{arguments}");
        assert_eq!(scene.left_over(), [""; 0], "{arguments}");
    }
    // What is no file is shared by whom it pleases.
    let ran = scene.shell("sip-smime decrypt --kek a:128.bin -passin file:/dev/null -out /dev/null encrypted.sip");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let ran = scene.run("encrypt -q --force -recip bob.pem -out bob.pem plain.sip");
    assert_eq!((ran.status, scene.read("bob.pem").starts_with(b"MESSAGE")), (0, true), "{}", ran.said());
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
