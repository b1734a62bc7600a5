
use builtin;
use str;

set edit:completion:arg-completer[sip-smime] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'sip-smime'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'sip-smime'= {
            cand --generate 'Print the manual or the completions of a shell'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand sign 'Sign SIP messages, MIME entities or files'
            cand verify 'Verify signed SIP messages, MIME entities or CMS objects'
        }
        &'sip-smime;sign'= {
            cand --in 'A file to read, as openssl names it'
            cand --out 'Write the product to FILE instead of standard output; whole or not at all'
            cand --inform 'Insist on a form of input instead of recognising it'
            cand --outform 'Write another form than the input has'
            cand --part 'Work on one MIME part: 1, 2, 2.1'
            cand --color 'When to colour'
            cand --max-size 'Refuse a message larger than this'
            cand --jobs 'Work on several messages at once'
            cand --signer 'The signer''s certificate; the file may hold the key too'
            cand --inkey 'The signer''s private key'
            cand --passin 'Where the password of the key comes from: env:NAME, file:PATH, fd:N or prompt'
            cand --certfile 'More certificates to include'
            cand --layout 'The content inside the signature, or beside it in a multipart/signed'
            cand --certs 'Which certificates to include [default: signer, and those of -certfile]'
            cand --md 'The digest [default: the one that fits the key]'
            cand --protect 'What the signature covers'
            cand --cte 'The transfer encoding of the signature'
            cand --profile 'Whose conventions to follow'
            cand --json 'Print one JSON object per message instead of the product'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Give the reasons'
            cand --verbose 'Give the reasons'
            cand --keep-going 'Put the products that are good in place even if a message fails'
            cand --force 'Overwrite what would otherwise be kept'
            cand --binary 'Leave line ends as they are'
            cand --crlfeol 'Lines end in CR LF: the default, accepted as openssl''s word'
            cand --stream 'Accepted as openssl''s word: DER is always written'
            cand --indef 'Accepted as openssl''s word: DER is always written'
            cand --nodetach 'The same as --layout opaque'
            cand --nocerts 'The same as --certs none'
            cand --keyid 'Name the signer by its subject key identifier'
            cand --noattr 'Sign without signed attributes, for old peers'
            cand --pss 'Sign with RSASSA-PSS'
            cand --add-date 'Add a Date header field if there is none'
            cand --minimal 'Only the signed attributes that cannot be left out, and the signing time'
            cand --strict 'Treat warnings as errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sip-smime;verify'= {
            cand --in 'A file to read, as openssl names it'
            cand --out 'Write the product to FILE instead of standard output; whole or not at all'
            cand --inform 'Insist on a form of input instead of recognising it'
            cand --outform 'Write another form than the input has'
            cand --part 'Work on one MIME part: 1, 2, 2.1'
            cand --color 'When to colour'
            cand --max-size 'Refuse a message larger than this'
            cand --jobs 'Work on several messages at once'
            cand --CAfile 'Trust anchors, in PEM or DER'
            cand --CApath 'A folder of trust anchors'
            cand --trust 'Trust exactly this certificate, whoever issued it; may be repeated'
            cand --certfile 'Certificates of signers and intermediate authorities that the message lacks; may be repeated'
            cand --at-time 'Check validity at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]'
            cand --attime 'Check validity at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]'
            cand --identity 'Whom the certificate must name: from, to, pai, a URI or none'
            cand --purpose 'What the certificate must be for'
            cand --signer-out 'Write the certificates of the good signers to FILE; also -signer'
            cand --signer 'Write the certificates of the good signers to FILE; also -signer'
            cand --content 'The content of a detached CMS object; `-` is standard input'
            cand --json 'Print one JSON object per message instead of the product'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Give the reasons'
            cand --verbose 'Give the reasons'
            cand --keep-going 'Put the products that are good in place even if a message fails'
            cand --force 'Overwrite what would otherwise be kept'
            cand --binary 'Leave line ends as they are'
            cand --crlfeol 'Lines end in CR LF: the default, accepted as openssl''s word'
            cand --stream 'Accepted as openssl''s word: DER is always written'
            cand --indef 'Accepted as openssl''s word: DER is always written'
            cand --nointern 'Do not look for the signer among the certificates of the message'
            cand --noverify 'Leave trust out: who signed is then not proved'
            cand --require-date 'An uncovered Date is an error'
            cand --require-signed 'In a stream, a message without a signature is a failure'
            cand --allow-email-san 'Let a sip: identity match an e-mail address in the certificate'
            cand --allow-legacy 'Accept SHA-1, RSA below 2048 bits and signatures without attributes, with a warning'
            cand --any-signer 'One good signer is enough'
            cand --strict 'Treat disagreements between labels and content as errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
