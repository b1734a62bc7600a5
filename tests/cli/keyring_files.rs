//! The folder of a keyring: what cannot be read, what is written and what it is called.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::keyring::{BARE, CA, LEARN, content, refill, run, scene, shell};
use crate::scene::{PLAIN, assert_says, replaced};

// What looks like an entry and is none is an error that names it, and not an empty keyring.
#[test]
fn vfy_18_what_cannot_be_read() {
    let scene = scene();
    let good = |name: &str| format!("cp alice.pem ring/{name}");
    let learnt = |text: &str| {
        let text = text.replace('@', "\\x40");
        format!("mkdir ring/learnt; {{ printf '{text}'; cat alice.pem; }} >ring/learnt/x.pem")
    };
    // (what is done to an empty keyring, the place that is named)
    let bad = [
        ("rmdir ring", "ring"),
        ("rmdir ring; : >ring", "ring"),
        (": >ring/empty.pem", "ring/empty.pem"),
        ("head -c 300 alice.pem >ring/cut.pem", "ring/cut.pem"),
        ("cp alice.sip ring/UPPER.PEM", "ring/UPPER.PEM"),
        ("cp alice.key ring/key.crt", "ring/key.crt"),
        ("cp @ca.pem ring/ca.pem", "ring/ca.pem"),
        ("{ cat alice.pem; head -c 1100000 /dev/zero; } >ring/large.pem", "ring/large.pem"),
        ("ln -s nowhere ring/dangling.pem", "ring/dangling.pem"),
        ("ln -s loop.pem ring/loop.pem", "ring/loop.pem"),
        ("mkdir ring/folder.pem", "ring/folder.pem"),
        ("mkdir ring/more; cp alice.pem ring/more/", "ring/more"),
        ("openssl pkcs12 -export -in alice.pem -inkey alice.key -passout pass:x -out ring/alice.p12", "ring/alice.p12"),
        ("mkfifo ring/fifo.pem", "ring/fifo.pem"),
        ("ln -s /dev/zero ring/device.pem", "ring/device.pem"),
        (": >ring/learnt", "ring/learnt"),
        ("ln -s nowhere ring/learnt", "ring/learnt"),
        ("mkdir ring/learnt; cp alice.pem ring/learnt/x.pem", "ring/learnt/x.pem"),
        (&learnt("address: sip:bob@example.org\\ntrust: pin\\n"), "ring/learnt/x.pem"),
        (&learnt("address: sip:alice@example.com\\n"), "ring/learnt/x.pem"),
        (&learnt("trust: pin\\n"), "ring/learnt/x.pem"),
    ];
    for (script, place) in bad {
        refill(&scene, &[]);
        assert_eq!(shell(&scene, script).status, 0, "{script}");
        for command in [
            &format!("{CA} alice.sip"),
            &format!("{LEARN} alice.sip"),
            "verify -noverify --keyring ring alice.sip",
            "encrypt --keyring ring plain.sip",
            "decrypt --keyring ring -inkey bob.key encrypted.sip",
            "decrypt --keyring ring -inkey bob.key --verify -CAfile @ca.pem sealed.sip",
        ] {
            let ran = run(&scene, command);
            assert_says(&ran, 2, "keyring.unreadable", &format!("at: {place}"), &format!("{script}: {command}"));
            assert!(ran.stdout.is_empty(), "{script}: {command}");
        }
        shell(&scene, "rm -rf ring; mkdir ring");
    }
    // These are entries, and these are passed over.
    for (script, is_known) in [
        (good("Alice.PEM").as_str(), true),
        (&good("x.crt"), true),
        ("cp @alice.der ring/alice.der", true),
        ("ln -s ../alice.pem ring/link.pem", true),
        ("cat alice.pem @ca.pem >ring/chain.pem", true),
        ("{ echo about Alice; cat alice.pem; } >ring/text.cer", true),
        (&learnt("address: sip:alice@example.com\\r\\ntrust: pin\\r\\n"), true),
        (&good("alice.txt"), true),
        (&good("0123abcd.0"), true),
        ("cp @alice.der ring/alice", true),
        ("echo text >ring/README", false),
        ("cp alice.key ring/alice.key", false),
        (&good(".alice.pem"), false),
        ("mkdir ring/.more; cp alice.pem ring/.more/", false),
        ("mkdir ring/learnt; echo x >ring/learnt/README", false),
        ("mkdir ring/learnt; ln -s nowhere ring/learnt/.x.pem", false),
    ] {
        refill(&scene, &[]);
        assert_eq!(shell(&scene, script).status, 0, "{script}");
        let ran = run(&scene, &format!("{BARE} alice.sip"));
        assert_eq!(ran.status, if is_known { 0 } else { 1 }, "{script}: {}", ran.said());
        let ran = run(&scene, &format!("{CA} p384.sip"));
        assert_eq!(ran.status, if is_known { 1 } else { 0 }, "{script}: {}", ran.said());
    }
}

// A name of a file comes from an address, and an address from whoever wrote the message.
#[test]
fn vfy_19_hostile_addresses() {
    let scene = scene();
    let long = "a".repeat(300);
    // (user, what the file is called)
    let rows = [
        ("../../x", "_._.._x@example.com."),
        ("..", "_.@example.com."),
        ("-rf", "_rf@example.com."),
        ("%2e%2e%2fx", "_2e_2e_2fx@example.com."),
        ("a;b=c$d&e,f", "a_b_c_d_e_f@example.com."),
        ("%0a-----BEGIN", ""),
        ("alice%00", ""),
        (&long, &long[..64]),
    ];
    for (user, expected) in rows {
        refill(&scene, &[]);
        let uri = format!("sip:{user}@EXAMPLE.com");
        let message = replaced(PLAIN, b"sip:alice@example.com", uri.as_bytes());
        scene.write("odd.sip", &message);
        let names = format!(
            "[req]\ndistinguished_name=d\nx509_extensions=e\n[d]\n[e]\nsubjectAltName=@s\n[s]\nURI=\"{uri}\"\n"
        );
        scene.write("odd.cnf", names.as_bytes());
        let made = scene.shell(
            "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9 -subj /CN=odd \
             -config odd.cnf -keyout odd.key -out odd.pem 2>&1 && chmod 600 odd.key",
        );
        if made.status != 0 {
            assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", String::from_utf8_lossy(&made.stdout));
            return;
        }
        assert_eq!(run(&scene, "sign -q -signer odd.pem -inkey odd.key -out odd.sip odd.sip").status, 0, "{user}");
        let ran = run(&scene, &format!("{LEARN} --trust odd.pem odd.sip"));
        let names: Vec<String> = match fs::read_dir(scene.path("ring/learnt")) {
            Ok(found) => found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect(),
            Err(_) => Vec::new(),
        };
        if expected.is_empty() {
            assert!(ran.status == 1 && names.is_empty(), "{user}: {}", ran.said());
            continue;
        }
        assert_eq!(ran.status, 0, "{user}: {}", ran.said());
        assert!(names.len() == 1 && names[0].starts_with(expected), "{user}: {names:?}");
        assert_eq!(run(&scene, &format!("{BARE} odd.sip")).status, 0, "{user}");
    }
}

// The files are the user's to read, within the umask; nothing is written over, and two runs at once leave what one
// would.
#[test]
fn vfy_19_files_that_are_written() {
    let scene = scene();
    let mode = |name: &str| fs::metadata(scene.path(name)).unwrap().permissions().mode() & 0o777;
    for (umask, file, folder) in [("022", 0o644, 0o755), ("077", 0o600, 0o700), ("027", 0o640, 0o750)] {
        refill(&scene, &[]);
        let ran = shell(&scene, &format!("umask {umask}; sip-smime {LEARN} -q alice.sip"));
        assert_eq!((ran.status, ran.said()), (0, String::new()));
        let name = fs::read_dir(scene.path("ring/learnt")).unwrap().next().unwrap().unwrap().file_name();
        let name = format!("ring/learnt/{}", name.into_string().unwrap());
        assert_eq!((mode(&name), mode("ring/learnt")), (file, folder), "{umask}");
    }
    // A folder that cannot be written: the answer was given, and the exit code says that nothing was kept.
    refill(&scene, &[]);
    symlink("/proc/self/fdinfo", scene.path("ring/learnt")).unwrap();
    let ran = run(&scene, &format!("{LEARN} alice.sip"));
    assert_says(&ran, 2, "file.unwritable", "at: ring/learnt/alice@example.com.", "a folder that cannot be written");
    assert_eq!(ran.stdout, PLAIN);
    // A link to another folder is followed.
    refill(&scene, &[]);
    fs::create_dir(scene.path("elsewhere")).unwrap();
    symlink("../elsewhere", scene.path("ring/learnt")).unwrap();
    assert_eq!(run(&scene, &format!("{LEARN} alice.sip")).status, 0);
    assert_eq!(fs::read_dir(scene.path("elsewhere")).unwrap().count(), 1);
    refill(&scene, &[]);
    let runs = "for i in 1 2 3 4 5 6; do sip-smime verify -q -CAfile @ca.pem --keyring ring --learn alice.sip >/dev/null & \
                pids=\"$pids $!\"; done; for pid in $pids; do wait $pid || exit 9; done";
    let ran = shell(&scene, runs);
    assert_eq!(
        (ran.status, content(&scene)),
        (0, vec!["sip:alice@example.com path alice".to_owned()]),
        "{}",
        ran.said()
    );
    // Of two that would teach different things one is right.
    refill(&scene, &[]);
    let runs = runs.replace("--learn alice.sip", "--learn $(( i % 2 )).sip");
    shell(&scene, "cp alice.sip 0.sip; cp p384.sip 1.sip");
    let ran = shell(&scene, &runs.replace("|| exit 9", "|| [ $? = 1 ] || exit 9"));
    assert_eq!((ran.status, content(&scene).len()), (0, 1), "{}", ran.said());
    // A product may not be written over an entry.
    refill(&scene, &["alice"]);
    let ran = run(&scene, &format!("{CA} -out ring/alice.pem alice.sip"));
    assert_says(&ran, 2, "usage", "would overwrite ring/alice.pem", "-out");
}
