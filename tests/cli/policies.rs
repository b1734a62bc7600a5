//! Certificate policies (RFC 5280 section 6.1), asked for with openssl's words. openssl makes the certificates, and answers
//! the same.

use crate::scene::Scene;
use crate::support::assert_none;

/// An authority, and certificates that it issued: a name, and the lines of their extensions.
const CERTIFICATES: [(&str, &str); 4] = [
    ("none", ""),
    ("four", "certificatePolicies=1.2.3.4"),
    ("both", "certificatePolicies=1.2.3.4,1.2.3.5"),
    ("any", "certificatePolicies=2.5.29.32.0"),
];

fn made(scene: &Scene) -> bool {
    let mut script = "set -e; key='-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9'\n\
        openssl req -x509 $key -subj /CN=CA -keyout ca.key -out ca.pem -addext keyUsage=critical,keyCertSign 2>&1\n"
        .to_owned();
    for (name, extensions) in CERTIFICATES {
        script += &format!(
            "printf 'keyUsage=digitalSignature\\nsubjectAltName=URI:sip:a\\100b.example\\n{extensions}\\n' >ext\n\
             openssl req -new $key -subj /CN={name} -keyout {name}.key -out csr 2>&1\n\
             openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -days 9 -extfile ext -out {name}.pem 2>&1\n"
        );
    }
    let ran = scene.shell(&script);
    let is_required = std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_some();
    assert!(ran.status == 0 || !is_required, "{}", String::from_utf8_lossy(&ran.stdout));
    ran.status == 0
}

#[test]
fn p14_policies_asked_for() {
    let scene = Scene::new();
    if !made(&scene) {
        return;
    }
    // (certificate, options, whether it is good)
    let rows = [
        ("none", "", true),
        ("none", "-policy 1.2.3.4", true),
        ("none", "-explicit_policy", false),
        ("none", "-policy 1.2.3.4 -explicit_policy", false),
        ("four", "-policy 1.2.3.4 -explicit_policy", true),
        ("four", "-policy 1.2.3.5 -explicit_policy", false),
        ("four", "-policy 1.2.3.5 -policy 1.2.3.4 -explicit_policy", true),
        ("four", "-policy 1.2.3.5", true),
        ("both", "-policy 1.2.3.5 -explicit_policy -inhibit_map", true),
        ("any", "-policy 1.2.3.5 -explicit_policy", true),
        ("any", "-policy 1.2.3.5 -explicit_policy -inhibit_any", false),
    ];
    let mut wrong = Vec::new();
    for (certificate, options, is_good) in rows {
        let ours = scene.run(&format!("check-san -q -CAfile ca.pem {options} {certificate}.pem"));
        let theirs =
            scene.shell(&format!("openssl verify -policy_check -CAfile ca.pem {options} {certificate}.pem 2>&1"));
        let signed = format!("sip-smime sign -q -signer {certificate}.pem -inkey {certificate}.key plain.sip");
        let verified =
            scene.shell(&format!("{signed} | sip-smime verify -q --identity none -CAfile ca.pem {options} >/dev/null"));
        let refusals = [&ours, &verified].iter().filter(|ran| ran.said().contains("[trust.policy]")).count();
        let statuses = [ours.status, verified.status];
        if statuses != [i32::from(!is_good); 2] || (theirs.status == 0) != is_good || (refusals == 2) == is_good {
            wrong.push(format!("{certificate} {options}: {statuses:?} {} {}", theirs.status, ours.said()));
        }
    }
    assert_none(&wrong);
    // openssl takes no -policy for an empty set, RFC 5280 section 6.1.1 (c) for anyPolicy.
    let any = scene.run("check-san -q -CAfile ca.pem -explicit_policy four.pem");
    assert_eq!(any.status, 0, "{}", any.said());
    let pinned = scene.run("check-san -q --trust four.pem -explicit_policy four.pem");
    assert!(pinned.status == 1 && pinned.said().contains("[trust.policy]"), "{}", pinned.said());
    let usage = scene.run("verify -CAfile ca.pem -policy tls plain.sip");
    assert!(usage.status == 2 && usage.said().contains("numbers with dots"), "{}", usage.said());
}
