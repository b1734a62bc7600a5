//! Messages that must come back unchanged, whatever is done to them and undone.

/// A SIP MESSAGE from Alice with these Content-* lines and this body.
pub fn message(content: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\n\
         v:SIP/2.0/UDP  pc.example.com;branch=z9hG4bK77\r\n\
         Max-Forwards : 70\r\n\
         f: \"Alice, of; <sip:mallory@example.com>\"\r\n  <sip:alice@example.com>;tag=1\r\n\
         t: <sip:bob@example.org>\r\n\
         Call-ID: 1@pc\r\n\
         CSeq: 1 MESSAGE\r\n\
         {content}\
         X-Unknown:   kept   \r\n\
         X-Unknown: twice\r\n\
         Content-Length : {}\r\n\
         Subject:\r\n\
         \r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Messages that must come back unchanged.
pub fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let mixed = b"preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b\r\n\r\nB\n\r\n--b--\r\nepilogue";
    let all_octets: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    vec![
        ("text", message("Content-Type: text/plain\r\n", b"Hello!")),
        (
            "CR LF before the start line",
            [b"\r\n\r\n", &message("Content-Type: text/plain\r\n", b"Hello!")[..]].concat(),
        ),
        ("text that ends in CR LF", message("Content-Type: text/plain\r\n", b"Hello!\r\n\r\n")),
        ("text with bare LF and CR", message("Content-Type: text/plain;charset=utf-8\r\n", b"a\nb\rc\r\n\n\r")),
        ("empty body with a type", message("Content-Type: text/plain\r\n", b"")),
        ("no body and no type", message("", b"")),
        ("all octets", message("Content-Type: application/octet-stream\r\n", &all_octets)),
        (
            "several fields and folding",
            message(
                "Content-Disposition: render;\r\n\thandling=optional\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\
                 Content-Language: de , en\r\nContent-Encoding: identity\r\nContent-ID: <1@pc>\r\n",
                b"x",
            ),
        ),
        ("multipart", message("Content-Type: multipart/mixed; boundary=b\r\n", mixed)),
        ("body that looks like a delimiter", message("Content-Type: text/plain\r\n", b"--\r\n--b--\r\n----")),
        ("base64 body", message("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", b"SGVs\r\n")),
        // Lengths around the blocks of the ciphers and of DER lengths.
        ("15 octets", message("Content-Type: text/plain\r\n", &[b'a'; 15])),
        ("16 octets", message("Content-Type: text/plain\r\n", &[b'a'; 16])),
        ("70,000 octets", message("Content-Type: text/plain\r\n", &[b'a'; 70_000])),
    ]
}
