//! `gen-cert`: chains, the forms in which it writes, and what certificates say beyond the usual.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::gen_cert::{made, openssl};
use crate::scene::{Scene, assert_says};

fn mode(scene: &Scene, file: &str) -> u32 {
    fs::metadata(scene.path(file)).unwrap().permissions().mode() & 0o777
}

/// A script under umask 0, in which `%40` is an at sign.
fn script(script: &str) -> String {
    format!("umask 0; export P=secret; {}", script.replace("%40", "\"$(printf '\\100')\""))
}

fn good(scene: &Scene, script: &str) -> String {
    let ran = scene.shell(&self::script(script));
    assert_eq!(ran.status, 0, "{script}: {}", ran.said());
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

// GEN-12: a root, authorities below it, and a user, whose file holds what receivers miss.
#[test]
fn gen_12_chains() {
    let scene = Scene::new();
    let chain = "--ca Root --intermediate First --intermediate Second";
    good(&scene, &format!("sip-smime gen-cert -q {chain} --out-dir pki sip:alice%40example.com"));
    let count =
        |file: &str| String::from_utf8(scene.read(file)).unwrap().matches("-----BEGIN CERTIFICATE-----").count();
    let files = ["pki/Root.pem", "pki/First.pem", "pki/Second.pem", "pki/alice@example.com.pem"];
    assert_eq!(files.map(count), [1, 1, 2, 3]);
    good(
        &scene,
        "cd pki; sip-smime sign -q --certs chain -signer alice*.pem -inkey alice*.key ../plain.sip | \
         sip-smime verify -q -CAfile Root.pem --strict | cmp - ../plain.sip",
    );
    // One that has the name of the root, and another key, is between them all the same.
    good(
        &scene,
        "sip-smime gen-cert -q -CA pki/Root.pem -CAkey pki/Root.key --intermediate Root --out-dir below sip:b.example",
    );
    assert_eq!(["below/Root.pem", "below/b.example.pem"].map(count), [1, 2]);
    let Some(_) = openssl(&scene, "verify -x509_strict -CAfile pki/Root.pem -untrusted pki/Second.pem pki/Second.pem")
    else {
        return;
    };
    let alice = "pki/alice%40example.com.pem";
    openssl(&scene, &format!("verify -x509_strict -CAfile pki/Root.pem -untrusted {alice} {alice}"));
    for (file, constraint) in [("Root", "CA:TRUE\n"), ("First", "CA:TRUE, pathlen:1"), ("Second", "CA:TRUE, pathlen:0")]
    {
        let shown = openssl(&scene, &format!("x509 -in pki/{file}.pem -noout -ext basicConstraints")).unwrap();
        assert!(shown.contains("critical") && shown.contains(constraint), "{file}: {shown}");
    }
    // An authority that was made before issues further ones, but no more than it may; the file of -CA holds those above.
    let second = "-CA pki/Second.pem -CAkey pki/Second.key";
    good(
        &scene,
        &format!("sip-smime gen-cert -q {second} -out b.p7c -outform p7c -keyout b.key sip:bob%40example.org"),
    );
    let shown = openssl(&scene, "pkcs7 -inform DER -in b.p7c -print_certs -noout").unwrap();
    for name in ["OU = example.org, CN = bob", "CN = Second", "CN = First"] {
        assert!(shown.contains(&format!("subject=O = test, {name}")), "{name}: {shown}");
    }
    let ran = made(&scene, &format!("{second} --intermediate Third --out-dir pki"));
    assert_says(&ran, 4, "issue.not-a-ca", "pathLenConstraint", "Third");
    good(&scene, "sip-smime gen-cert -q -CA pki/First.pem -CAkey pki/First.key --intermediate Other --out-dir pki");
}

// GEN-13, O4: each form, the files it has and their modes; openssl and we read them.
#[test]
fn gen_13_forms() {
    let scene = Scene::new();
    let make = |rest: &str| good(&scene, &format!("sip-smime gen-cert -q {rest} sip:alice%40example.com"));
    make("--ca CA --out-dir pem");
    let issuer = "-CA pem/CA.pem -CAkey pem/CA.key";
    for form in ["der", "p7c"] {
        make(&format!("{issuer} --out-dir {form} -outform {form}"));
        let files = ["key", form].map(|ending| mode(&scene, &format!("{form}/alice@example.com.{ending}")));
        assert_eq!(files, [0o600, 0o666], "{form}");
    }
    make(&format!("{issuer} -passout env:P -outform der -out a.der -keyout a.key"));
    make("--csr -outform der -out a.csr -keyout csr.key");
    good(&scene, &format!("sip-smime gen-cert -q -req a.csr {issuer} -outform der -out csr.der"));
    let pkcs12 = "sip-smime gen-cert -v --ca Root --pkcs12 -passout env:P --out-dir p12";
    let said = good(&scene, &format!("{pkcs12} sip:alice%40example.com 2>&1"));
    assert!(said.contains("p12/alice@example.com.p12") && !said.contains("secret"), "K3: {said}");
    let files = fs::read_dir(scene.path("p12")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert_eq!(files, ["Root.p12", "Root.pem", "alice@example.com.p12"]);
    for file in files {
        let expected = if file.ends_with("p12") { 0o600 } else { 0o666 };
        assert_eq!(mode(&scene, &format!("p12/{file}")), expected, "{file}");
    }
    for (signer, anchor) in [
        ("-signer der/alice*.der -inkey der/alice*.key", "pem/CA.pem"),
        ("-signer p7c/alice*.p7c -inkey p7c/alice*.key", "pem/CA.pem"),
        ("-signer a.der -inkey a.key -passin env:P", "pem/CA.pem"),
        ("-signer csr.der -inkey csr.key", "pem/CA.pem"),
        ("--certs chain -signer p12/alice*.p12 -passin env:P", "p12/Root.pem"),
    ] {
        good(
            &scene,
            &format!("sip-smime sign -q {signer} plain.sip | sip-smime verify -q -CAfile {anchor} | cmp - plain.sip"),
        );
    }
    let Some(_) = openssl(&scene, "req -inform DER -in a.csr -noout -verify") else { return };
    let own = "/alice%40example.com";
    openssl(&scene, &format!("x509 -inform DER -in der{own}.der -noout"));
    openssl(&scene, &format!("pkey -inform DER -in der{own}.key -noout"));
    openssl(&scene, "pkcs8 -inform DER -in a.key -passin pass:secret");
    let shown = openssl(&scene, &format!("pkcs7 -inform DER -in p7c{own}.p7c -print_certs -noout")).unwrap();
    assert!(shown.contains("CN = alice") && shown.contains("CN = CA"), "{shown}");
    let shown = openssl(&scene, &format!("pkcs12 -in p12{own}.p12 -passin pass:secret -nodes -info 2>&1")).unwrap();
    for text in ["CN = alice", "CN = Root", "PBES2, PBKDF2, AES-256-CBC", "MAC: sha256", "PRIVATE KEY"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(shown.matches("friendlyName: sip:alice@example.com").count(), 2, "{shown}");
    assert_eq!(shown.matches("localKeyID: ").count(), 2, "{shown}");
}

// GEN-20: what a credential server keeps, for nobody else to read.
#[test]
fn gen_20_credentials() {
    let scene = Scene::new();
    good(&scene, "sip-smime gen-cert -q -outform mime -out alice.mime sip:alice%40example.com");
    assert_eq!(mode(&scene, "alice.mime"), 0o600);
    let octets = scene.read("alice.mime");
    let after = |kind: &str| {
        let head = format!("Content-Type: application/{kind}\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        octets.windows(head.len()).position(|window| window == head.as_bytes()).unwrap() + head.len()
    };
    let part = |start: usize| {
        let length = octets[start..].windows(4).position(|window| window == b"\r\n--").unwrap();
        &octets[start..start + length]
    };
    scene.write("a.der", part(after("pkix-cert")));
    scene.write("a.key", part(after("pkcs8")));
    good(
        &scene,
        "sip-smime sign -q -signer a.der -inkey a.key plain.sip | sip-smime verify -q --trust a.der >/dev/null",
    );
}

// GEN-05, GEN-07, GEN-15, GEN-17, GEN-19: what is said on request.
#[test]
fn gen_07_15_17_19_on_request() {
    let scene = Scene::new();
    let options = "--no-subject --msrp --email alice%40example.com --non-repudiation --caps";
    good(&scene, &format!("sip-smime gen-cert -q --ca CA --out-dir pki {options} sip:alice%40example.com"));
    good(
        &scene,
        "cd pki; sip-smime sign -q -signer alice*.pem -inkey alice*.key ../plain.sip | \
         sip-smime verify -q -CAfile CA.pem --strict >/dev/null",
    );
    let file = "-in pki/alice%40example.com.pem -noout";
    let Some(shown) = openssl(&scene, &format!("x509 {file} -subject -issuer -text")) else { return };
    for text in [
        "subject=\n",
        "issuer=O = test, CN = CA\n",
        "X509v3 Subject Alternative Name: critical\n",
        "URI:sip:alice@example.com, URI:im:alice@example.com, email:alice@example.com\n",
        "Digital Signature, Non Repudiation, Key Agreement\n",
        "S/MIME Capabilities: \n",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    openssl(&scene, "verify -x509_strict -CAfile pki/CA.pem pki/alice%40example.com.pem");
    // An authority has a name; the subject of a request can be left out, too.
    assert!(openssl(&scene, "x509 -in pki/CA.pem -noout -subject").unwrap().contains("CN = CA"));
    good(&scene, "sip-smime gen-cert -q --csr -out b.csr -keyout b.key sip:bob%40example.org");
    let issuer = "-CA pki/CA.pem -CAkey pki/CA.key";
    good(&scene, &format!("sip-smime gen-cert -q -req b.csr --no-subject {issuer} -out b.pem"));
    assert_eq!(openssl(&scene, "x509 -in b.pem -noout -subject").unwrap(), "subject=\n");
}

// TRAP-16: RFC 6216 has an expired certificate, which its own script does not make.
#[test]
fn trap_16_an_expired_certificate() {
    let scene = Scene::new();
    let times = "--not-before 1999-01-01 --not-after 2000-01-01";
    good(&scene, &format!("sip-smime gen-cert -q {times} -out a.pem -keyout a.key sip:alice%40example.com"));
    let ran = scene.shell("sip-smime sign -q -signer a.pem -inkey a.key plain.sip | sip-smime verify --trust a.pem");
    assert_says(&ran, 1, "trust.expired", "2000-01-01T00:00:00Z", "now");
    good(
        &scene,
        "sip-smime sign -q -signer a.pem -inkey a.key plain.sip | \
         sip-smime verify -q --trust a.pem --at-time 1999-06-01 >/dev/null",
    );
    let Some(shown) = openssl(&scene, "x509 -in a.pem -noout -dates") else { return };
    assert_eq!(shown, "notBefore=Jan  1 00:00:00 1999 GMT\nnotAfter=Jan  1 00:00:00 2000 GMT\n");
}

#[test]
fn forms_that_are_none() {
    let scene = Scene::new();
    good(&scene, "sip-smime gen-cert -q --ca CA -out ca.pem -keyout ca.key");
    good(&scene, "sip-smime gen-cert -q --csr -out a.csr -keyout a.key sip:a%40b.example");
    let issuer = "-CA ca.pem -CAkey ca.key";
    for (arguments, text) in [
        ("--pkcs12 -out x sip:a%40b.example", "-passout env:NAME"),
        ("--pkcs12 -passout env:P -out x -keyout x.key sip:a%40b.example", "exclude one another"),
        ("--pkcs12 -passout env:P -out x --csr sip:a%40b.example", "exclude one another"),
        ("--pkcs12 -passout env:P -outform der -out x sip:a%40b.example", "exclude one another"),
        ("-outform der -out x sip:a%40b.example", "-keyout"),
        ("-outform p7c -out x sip:a%40b.example", "-keyout"),
        ("-outform p7c --csr -out x -keyout x.key sip:a%40b.example", "-outform pem or der"),
        ("-outform mime --csr --out-dir x sip:a%40b.example", "-outform pem or der"),
        ("-outform mime -passout env:P -out x sip:a%40b.example", "not encrypted"),
        ("-outform mime -keyout x.key -out x sip:a%40b.example", "leave -passout and -keyout out"),
        (&format!("-outform mime -req a.csr {issuer} -out x"), "-outform pem or der"),
        ("-outform xml -out x sip:a%40b.example", "possible values: pem, der, p7c, mime"),
        ("--intermediate x -out x -keyout x.key", "--ca NAME"),
        ("--ca y --intermediate x -out x -keyout x.key", "--out-dir"),
        ("--no-subject -out x -keyout x.key sip:a%40b.example", "has an issuer with one"),
        ("--no-subject --csr -out x -keyout x.key sip:a%40b.example", "exclude one another"),
    ] {
        let ran =
            scene.shell(&format!("P=secret sip-smime gen-cert {}", arguments.replace("%40", "\"$(printf '\\100')\"")));
        assert_says(&ran, 2, "usage", text, arguments);
        assert!(!scene.path("x").exists() && !scene.path("x.key").exists(), "{arguments}");
    }
    // One of several files cannot be made: none is.
    scene.write("alice@example.com.mime", b"precious");
    let ran = made(&scene, "-outform mime --ca Root --out-dir . sip:alice%40example.com");
    assert_says(&ran, 2, "file.unwritable", "it exists", "a file that exists");
    assert!(!scene.path("Root.mime").exists() && !scene.path("Root.pem").exists());
    assert_eq!(scene.read("alice@example.com.mime"), b"precious");
}

// O4: every kind of output that holds a key. Under umask 0 it is its owner's alone, it is not written over, nor is what a
// link leads to, and with --force it is replaced, whatever its mode was. (arguments, the file with the key)
#[test]
fn o4_every_file_with_a_key() {
    let rows = [
        ("-out both.pem sip:alice%40example.com", "both.pem"),
        ("-passout env:P -out both.pem sip:alice%40example.com", "both.pem"),
        ("-out cert.pem -keyout made.key sip:alice%40example.com", "made.key"),
        ("-outform der -out cert.der -keyout made.key sip:alice%40example.com", "made.key"),
        ("-outform p7c -out cert.p7c -keyout made.key sip:alice%40example.com", "made.key"),
        ("-outform mime -out alice.mime sip:alice%40example.com", "alice.mime"),
        ("--pkcs12 -passout env:P -out alice.p12 sip:alice%40example.com", "alice.p12"),
        ("--csr -out alice.csr -keyout made.key sip:alice%40example.com", "made.key"),
        ("--ca Root -out both.pem", "both.pem"),
        ("--out-dir dir sip:alice%40example.com", "dir/alice@example.com.key"),
        ("--out-dir dir --ca Root", "dir/Root.key"),
        ("--out-dir dir --csr sip:alice%40example.com", "dir/alice@example.com.key"),
        ("--out-dir dir --pkcs12 -passout env:P sip:alice%40example.com", "dir/alice@example.com.p12"),
        ("--out-dir dir -outform mime sip:alice%40example.com", "dir/alice@example.com.mime"),
    ];
    for (arguments, file) in rows {
        let scene = Scene::new();
        let run = |more: &str| scene.shell(&script(&format!("sip-smime gen-cert -q {more} {arguments}")));
        assert_eq!((run("").status, mode(&scene, file)), (0, 0o600), "{arguments}");
        let first = scene.read(file);
        assert_says(&run(""), 2, "file.unwritable", "it exists", arguments);
        assert!(scene.read(file) == first && scene.left_over().is_empty(), "{arguments}");
        scene.chmod(file, 0o644);
        assert_eq!((run("--force").status, mode(&scene, file)), (0, 0o600), "{arguments}");
        assert!(scene.read(file) != first, "{arguments}");
        // To encrypt takes long, and what is done with links is the same.
        if arguments.contains("-passout") {
            continue;
        }
        // A link: to a file that others can read, and to nowhere.
        for leads_to in ["target", "nowhere"] {
            scene.write("target", b"target");
            let link = format!("rm \"{0}\"; ln -s {leads_to} \"{0}\"", scene.path(file).display());
            assert_eq!(std::process::Command::new("sh").args(["-c", &link]).status().unwrap().code(), Some(0));
            assert_says(&run(""), 2, "file.unwritable", "it exists", arguments);
            assert_eq!((run("--force").status, mode(&scene, file)), (0, 0o600), "{arguments}");
            assert!(!scene.path(file).is_symlink() && !scene.path("nowhere").exists(), "{arguments}");
            assert_eq!(scene.read("target"), b"target", "{arguments}");
        }
    }
}

// GEN-01, GEN-16: what a request asks for is certified or refused, never left out. (names, exit, what is said or certified)
#[test]
fn gen_01_the_names_of_a_request() {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca CA -out ca.pem -keyout ca.key").status, 0);
    let rows = [
        ("URI:sip:a%40b.example,email:a%40b.example", 0, "email:a@b.example"),
        ("URI:sip:b.example,DNS:b.example", 0, "DNS:b.example"),
        ("URI:sip:b.example,DNS:B.Example", 0, "DNS:b.example"),
        ("URI:sip:192.0.2.1,IP:192.0.2.1", 0, "IP Address:192.0.2.1"),
        // Addresses have no upper and lower case.
        ("URI:sip:65.0.2.1,IP:97.0.2.1", 2, "the request asks for IP:97.0.2.1"),
        ("URI:sip:b.example,DNS:b.example,DNS:c.example", 2, "the request asks for DNS:c.example"),
        ("URI:sip:b.example,DNS:*.b.example", 2, "the request asks for DNS:*.b.example"),
        ("URI:sip:a%40b.example,DNS:b.example", 2, "the request asks for DNS:b.example"),
        ("URI:sip:a%40b.example,IP:192.0.2.1", 2, "the request asks for IP:192.0.2.1"),
        ("URI:sip:a%40b.example,RID:1.2.3.4", 2, "the request asks for "),
        ("URI:sip:a%40b.example,otherName:1.2.3.4;UTF8:odd", 2, "the request asks for "),
        ("DNS:b.example", 2, "there is no URI"),
    ];
    let new =
        "openssl req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout r.key -subj /CN=r -out r.csr";
    for (names, exit, text) in rows {
        let ran = scene.shell(&script(&format!("{new} -addext \"subjectAltName={names}\" 2>/dev/null")));
        if ran.status != 0 {
            assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", ran.said());
            return;
        }
        let _ = fs::remove_file(scene.path("r.pem"));
        let ran = made(&scene, "-q -req r.csr -CA ca.pem -CAkey ca.key -out r.pem");
        if exit == 0 {
            assert_eq!(ran.status, 0, "{names}: {}", ran.said());
            let shown = openssl(&scene, "x509 -in r.pem -noout -ext subjectAltName").unwrap();
            assert!(shown.contains(text), "{names}: {shown}");
        } else {
            assert_says(&ran, exit, "issue.name", text, names);
            assert!(!scene.path("r.pem").exists());
            // Whoever names others does not mean those of the request.
            let ran = made(&scene, "-q -req r.csr -CA ca.pem -CAkey ca.key -out r.pem sip:c%40b.example");
            assert_eq!(ran.status, 0, "{names}: {}", ran.said());
        }
    }
}

// RFC 5280 section 4.1.2.6: a name is that of one holder. Who has another key is not the issuer, whatever the name.
#[test]
fn gen_the_name_of_the_issuer() {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca b.example -out ca.pem -keyout ca.key").status, 0);
    let subject = "/O=test/CN=b.example";
    let request = |key: &str| {
        format!("openssl req -new -key {key} -subj {subject} -addext subjectAltName=URI:sip:b.example -out r.csr")
    };
    let other = "openssl ecparam -genkey -name prime256v1 -noout -out o.key";
    let ran = scene.shell(&format!("{other} && {}", request("o.key")));
    if ran.status != 0 {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", ran.said());
        return;
    }
    let issue = "-req r.csr -CA ca.pem -CAkey ca.key -out r.pem";
    assert_says(&made(&scene, issue), 2, "issue.name", "CN=b.example,O=test is the name of its issuer", "another key");
    assert_says(
        &made(&scene, "-CA ca.pem -CAkey ca.key -out r.pem sip:b.example"),
        2,
        "issue.name",
        "its issuer",
        "made",
    );
    assert!(!scene.path("r.pem").exists());
    // Its own key is no other: the authority itself asks.
    assert_eq!(scene.shell(&request("ca.key")).status, 0);
    let ran = made(&scene, issue);
    assert!(ran.status == 0 && ran.said().contains("issued by CN=b.example,O=test"), "{}", ran.said());
}
