# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sip_smime_global_optspecs
    string join \n generate= h/help V/version
end

function __fish_sip_smime_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sip_smime_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sip_smime_using_subcommand
    set -l cmd (__fish_sip_smime_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sip-smime -n "__fish_sip_smime_needs_command" -l generate -d 'Print the manual or the completions of a shell' -r -f -a "man\t'The manual page'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
elvish\t'Completions for elvish'
powershell\t'Completions for PowerShell'"
complete -c sip-smime -n "__fish_sip_smime_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -s V -l version -d 'Print version'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "sign" -d 'Sign SIP messages or MIME entities'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "verify" -d 'Verify signed SIP messages, MIME entities or CMS objects'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "encrypt" -d 'Encrypt SIP messages or MIME entities'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "decrypt" -d 'Decrypt encrypted SIP messages, MIME entities or CMS objects'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "inspect" -d 'Show what is in SIP messages, MIME entities and CMS objects, layer by layer'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "check-san" -d 'Say whom certificates name, and whether they name a URI'
complete -c sip-smime -n "__fish_sip_smime_needs_command" -f -a "gen-cert" -d 'Make certificates and keys for users, domains and authorities'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l signer -d 'The signer\'s certificate; the file may hold the key too, and may be PKCS #12' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l inkey -d 'The signer\'s private key' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l passin -d 'Where the password of the key, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l certfile -d 'More certificates to include' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l layout -d 'The content inside the signature, or beside it in a multipart/signed' -r -f -a "opaque\t'application/pkcs7-mime'
detached\t'multipart/signed'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l certs -d 'Which certificates to include [default: signer, and those of -certfile]' -r -f -a "signer\t'The signer\'s'
chain\t'The signer\'s and its issuers\' below the root, from -certfile'
none\t'None: the receiver must have it'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l md -d 'The digest [default: the one that fits the key]' -r -f -a "sha256\t''
sha384\t''
sha512\t''"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l protect -d 'What the signature covers' -r -f -a "body\t'The body and its Content-* fields'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l cte -d 'The transfer encoding of the signature' -r -f -a "binary\t'As RFC 3853 asks'
base64\t'For hops that are not 8-bit clean'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l profile -d 'Whose conventions to follow' -r -f -a "rfc8591\t'RFC 8591'
rfc6216\t'RFC 6216: SHA-1, detached, no attributes, no certificate; for old peers only'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l nodetach -d 'The same as --layout opaque'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l nocerts -d 'The same as --certs none'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l keyid -d 'Name the signer by its subject key identifier'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l noattr -d 'Sign without signed attributes, for old peers'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l pss -d 'Sign with RSASSA-PSS'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l add-date -d 'Add a Date header field if there is none'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l minimal -d 'Only the signed attributes that cannot be left out, and the signing time'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -l strict -d 'Treat warnings as errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l CAfile -d 'Trust anchors: certificates in PEM, DER, certs-only CMS or PKCS #12' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l CApath -d 'A folder of trust anchors, and of revocation lists named as openssl does: HASH.r0' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l trust -d 'Trust exactly this certificate, whoever issued it; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l certfile -d 'Certificates of signers and intermediate authorities that the message lacks; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l crl -l CRLfile -d 'Certificate revocation lists, in PEM or DER; also -CRLfile; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l at-time -l attime -d 'Check validity at this time: RFC 3339, seconds since 1970, YYYY-MM-DD, or capture; also -attime [default: now]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l policy -d 'Accept this certificate policy, and with -explicit_policy no other; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l keyring -d 'A folder of the certificates of people you know: one that changed is refused' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l identity -d 'Whom the certificate must name: from, to, pai, a URI or none' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l purpose -d 'What the certificate must be for [default: smime; sip for a domain]' -r -f -a "smime\t'E-mail protection, or no stated purpose'
sip\t'id-kp-sipDomain too'
any\t'Any'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l signer-out -l signer -d 'Write the certificates of the good signers to FILE; also -signer' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l passin -d 'Where the password of PKCS #12 files comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l content -d 'The content of a detached CMS object; `-` is standard input' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l crl_check -d 'Refuse a signer of whom no list says that the certificate is not revoked'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l crl_check_all -d 'The same for every certificate in the path'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l extended_crl -d 'Accepted as openssl\'s word: lists of other issuers and for some reasons are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l use_deltas -d 'Accepted as openssl\'s word: lists of what changed are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l explicit_policy -d 'The path must be valid for a certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l inhibit_map -d 'Certificate policies cannot be mapped to others'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l inhibit_any -d 'anyPolicy stands for no certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l nointern -d 'Do not look for the signer among the certificates of the message'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l learn -d 'Keep the certificates of good messages in the keyring'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l noverify -d 'Leave trust out: who signed is then not proved'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l require-date -d 'An uncovered Date is an error'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l require-signed -d 'In a stream, a message without S/MIME is a failure'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l allow-email-san -d 'Let a sip: identity match an e-mail address in the certificate'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l allow-legacy -d 'Accept SHA-1, RSA below 2048 bits, signatures without attributes and 3DES, with a warning'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l any-signer -d 'One good signer is enough'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l diagnose -d 'Say which damage would explain a signature that is not right; no verdict changes'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -l strict -d 'Treat disagreements between labels and content as errors, and content that only a signature around its encryption covers'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l recip -d 'A recipient\'s certificate; may be repeated. With -in, operands are recipients, too' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l keyring -d 'A folder of the certificates of people you know: without -recip, --kek and --password the To is the recipient' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l CAfile -d 'Trust anchors: certificates in PEM, DER, certs-only CMS or PKCS #12' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l CApath -d 'A folder of trust anchors, and of revocation lists named as openssl does: HASH.r0' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l kek -d 'A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l password -d 'Where a password comes from that opens the message: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l encrypt-to-self -d 'Encrypt for this certificate of yours, too' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l cipher -d 'The cipher; -aes128, -aes-256-gcm and so on are words for it [default: aes-128-gcm]' -r -f -a "aes-128-gcm\t''
aes-192-gcm\t''
aes-256-gcm\t''
chacha20-poly1305\t''
aes-128-cbc\t''
aes-192-cbc\t''
aes-256-cbc\t''"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l caps-from -d 'Choose the cipher by what the recipient can read, as it says in a message that it signed' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l rsa -d 'How the key is encrypted for RSA recipients [default: oaep]' -r -f -a "oaep\t'RSAES-OAEP with SHA-256'
pkcs1\t'PKCS #1 v1.5, for old peers'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l signer -d 'Sign first, with this certificate; the file may hold the key too' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l inkey -d 'The signer\'s private key' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l passin -d 'Where the password of the signer\'s key, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l protect -d 'What is encrypted' -r -f -a "body\t'The body and its Content-* fields'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l cte -d 'The transfer encoding of the encrypted object' -r -f -a "binary\t'As RFC 3853 asks'
base64\t'For hops that are not 8-bit clean'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l smime-type-style -d 'Whose spelling of smime-type to write: auth-enveloped-data or authEnveloped-data' -r -f -a "8591\t'auth-enveloped-data'
8551\t'authEnveloped-data'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l profile -d 'Whose conventions to follow' -r -f -a "rfc8591\t'RFC 8591'
rfc6216\t'RFC 6216: enveloped-data, AES-128-CBC, RSA with PKCS #1 v1.5; for old peers only'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -l keyid -d 'Name the recipients by their subject key identifiers'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand encrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l recip -d 'The certificate of a private key; the file may hold the key too; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l inkey -d 'The recipient\'s private key; the file may hold the certificate too; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l passin -d 'Where the password of the keys, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l kek -d 'A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l password -d 'Where the password of the message comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l CAfile -d 'Trust anchors: certificates in PEM, DER, certs-only CMS or PKCS #12' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l CApath -d 'A folder of trust anchors, and of revocation lists named as openssl does: HASH.r0' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l trust -d 'Trust exactly this certificate, whoever issued it; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l certfile -d 'Certificates of signers and intermediate authorities that the message lacks; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l crl -l CRLfile -d 'Certificate revocation lists, in PEM or DER; also -CRLfile; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l at-time -l attime -d 'Check validity at this time: RFC 3339, seconds since 1970, YYYY-MM-DD, or capture; also -attime [default: now]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l policy -d 'Accept this certificate policy, and with -explicit_policy no other; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l keyring -d 'A folder of the certificates of people you know: one that changed is refused' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l identity -d 'Whom the certificate must name: from, to, pai, a URI or none' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l purpose -d 'What the certificate must be for [default: smime; sip for a domain]' -r -f -a "smime\t'E-mail protection, or no stated purpose'
sip\t'id-kp-sipDomain too'
any\t'Any'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l signer-out -l signer -d 'Write the certificates of the good signers to FILE; also -signer' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l require-aead -d 'Refuse ciphers that do not show whether the content was changed'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l verify -d 'Open every layer and verify every signature; the options of verify say how'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l crl_check -d 'Refuse a signer of whom no list says that the certificate is not revoked'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l crl_check_all -d 'The same for every certificate in the path'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l extended_crl -d 'Accepted as openssl\'s word: lists of other issuers and for some reasons are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l use_deltas -d 'Accepted as openssl\'s word: lists of what changed are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l explicit_policy -d 'The path must be valid for a certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l inhibit_map -d 'Certificate policies cannot be mapped to others'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l inhibit_any -d 'anyPolicy stands for no certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l nointern -d 'Do not look for the signer among the certificates of the message'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l learn -d 'Keep the certificates of good messages in the keyring'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l noverify -d 'Leave trust out: who signed is then not proved'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l require-date -d 'An uncovered Date is an error'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l require-signed -d 'In a stream, a message without S/MIME is a failure'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l allow-email-san -d 'Let a sip: identity match an e-mail address in the certificate'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l allow-legacy -d 'Accept SHA-1, RSA below 2048 bits, signatures without attributes and 3DES, with a warning'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l any-signer -d 'One good signer is enough'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l diagnose -d 'Say which damage would explain a signature that is not right; no verdict changes'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -l strict -d 'Treat disagreements between labels and content as errors, and content that only a signature around its encryption covers'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand decrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l recip -d 'The certificate of a private key; the file may hold the key too; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l inkey -d 'The recipient\'s private key; the file may hold the certificate too; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l passin -d 'Where the password of the keys, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l kek -d 'A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l password -d 'Where the password of the message comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l make-accept -d 'Print the Accept field of who reads these kinds, and nothing else: all, clear-signed, signed-data, enveloped-data, auth-enveloped-data, compressed-data, certs-only' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l at-time -l attime -d 'Judge certificates at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l lint -d 'Print the findings alone, each with its place, its rule and what to do; an error among them is exit 1'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l raw -d 'Print the octets of the body, or of --part, as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -l strict -d 'A MESSAGE whose signature covers no Date is an error'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l in -d 'A file to read, as openssl names it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l out -d 'Write the product to FILE instead of standard output; whole or not at all' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l inform -d 'Insist on a form of input instead of recognising it' -r -f -a "sip\t'SIP messages'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER or BER'
pem\t'A CMS object in PEM'
pcap\t'Recorded packets, in pcap or pcapng'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l outform -d 'Write another form than the input has' -r -f -a "sip\t'A SIP message'
mime\t'A MIME entity; openssl says smime'
der\t'A CMS object in DER'
pem\t'A CMS object in PEM'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l part -d 'Work on one MIME part: 1, 2, 2.1' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l max-size -d 'Refuse a message larger than this' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l jobs -d 'Work on several messages at once' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l CAfile -d 'Trust anchors: certificates in PEM, DER, certs-only CMS or PKCS #12' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l CApath -d 'A folder of trust anchors, and of revocation lists named as openssl does: HASH.r0' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l trust -d 'Trust exactly this certificate, whoever issued it; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l certfile -d 'Certificates of signers and intermediate authorities that the message lacks; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l crl -l CRLfile -d 'Certificate revocation lists, in PEM or DER; also -CRLfile; may be repeated' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l at-time -l attime -d 'Check validity at this time: RFC 3339, seconds since 1970, YYYY-MM-DD, or capture; also -attime [default: now]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l policy -d 'Accept this certificate policy, and with -explicit_policy no other; may be repeated' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l passin -d 'Where the password of PKCS #12 files comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l purpose -d 'What the certificate must be for [default: smime; sip for a domain]' -r -f -a "smime\t'E-mail protection, or no stated purpose'
sip\t'id-kp-sipDomain too'
tls\t'TLS servers'
any\t'Any'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l json -d 'Print one JSON object per message instead of the product'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l keep-going -d 'Put the products that are good in place even if a message fails'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l force -d 'Overwrite what would otherwise be kept: a file of keys or certificates that is read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l binary -d 'Leave line ends as they are'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l crlfeol -d 'Lines end in CR LF: the default, accepted as openssl\'s word'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l stream -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l indef -d 'Accepted as openssl\'s word: DER is always written'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l crl_check -d 'Refuse a signer of whom no list says that the certificate is not revoked'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l crl_check_all -d 'The same for every certificate in the path'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l extended_crl -d 'Accepted as openssl\'s word: lists of other issuers and for some reasons are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l use_deltas -d 'Accepted as openssl\'s word: lists of what changed are always read'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l explicit_policy -d 'The path must be valid for a certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l inhibit_map -d 'Certificate policies cannot be mapped to others'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l inhibit_any -d 'anyPolicy stands for no certificate policy'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l allow-email-san -d 'Let a sip: identity match an e-mail address in the certificate'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l allow-legacy -d 'Accept SHA-1 and RSA below 2048 bits'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -l strict -d 'Compare URIs as RFC 3261 section 19.1.4 does, too'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand check-san" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l ca -d 'Make an authority with this name; with URIs, it issues their certificates' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l intermediate -d 'Make an authority below --ca, -CA or the one before; the last one issues the certificates' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l CA -d 'The certificate of the issuer, and in the same file those above it [default: none, the certificate is signed with its own key]' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l CAkey -d 'The private key of the issuer; the file of -CA may hold it' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l inkey -d 'Certify this key of the user, domain or authority, and make no new one' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l passin -d 'Where the password of the issuer\'s key and of -inkey comes from: env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l key -d 'The kind of key to make' -r -f -a "p256\t''
p384\t''
ed25519\t''
x25519\t''
rsa2048\t''
rsa3072\t''
rsa4096\t''"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l days -d 'How long the certificate is valid [default: 365, for an authority 3650, as in RFC 6216 36500, a revocation list 30]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l not-before -d 'When it begins to be valid [default: now]' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l not-after -d 'When it ends to be valid' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l email -d 'An e-mail address of the user beside the URIs, for gateways to mail' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l req -d 'Certify the key of a certificate request, PKCS #10; the names are those of the URIs, without URIs its own' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l profile -d 'Whose conventions to follow' -r -f -a "rfc8591\t'RFC 8550 and RFC 8591'
rfc6216\t'The certificates of RFC 6216: RSA, SHA-1, valid for 100 years; for old peers only'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l out-dir -d 'Write NAME.pem and NAME.key for each into this folder, which is made if it is not there' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l out -d 'Write the certificate to FILE, and the key after it unless -keyout names another' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l keyout -d 'Write the private key to FILE' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l passout -d 'Encrypt the private key with a password from env:NAME, file:PATH, fd:N or prompt' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l outform -d 'The form of certificates, requests and revocation lists [default: pem]' -r -f -a "pem\t'PEM: the certificate, then those between it and the root'
der\t'DER, the key in PKCS #8'
p7c\t'A certs-only object with the certificate and its issuers'
mime\t'A MIME entity with certificate and key, for a credential server (RFC 6072)'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l revoke -d 'Revoke a certificate, and others that follow as operands: the list of the issuer goes to -out, one that is there is extended' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l reason -d 'Why it is revoked [default: not said]' -r -f -a "keyCompromise\t''
cACompromise\t''
affiliationChanged\t''
superseded\t''
cessationOfOperation\t''
privilegeWithdrawn\t''
aACompromise\t''"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l seed -d 'Make the same key for the same N: for tests, everybody can make it again' -r
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l fixture -d 'Make exactly one thing wrong; `help` lists what' -r -f -a "expired\t'it has expired, in 2000'
not-yet-valid\t'it is valid from 2099 on'
wrong-san\t'subjectAltName names somebody else'
no-san\t'nothing names the user or the domain'
cn-only\t'only the common name names the user or the domain'
email-only\t'subjectAltName has only an e-mail address'
ip-only\t'subjectAltName has only an IP address, 192.0.2.1'
wildcard\t'a wildcard stands in the name'
nul-in-san\t'a NUL and another domain follow the name'
invisible-in-san\t'U+200E, which nobody sees, follows the name'
no-digital-signature\t'keyUsage does not allow signatures'
no-eku\t'there is no extKeyUsage'
tls-only-eku\t'extKeyUsage is for TLS alone'
sip-only-eku\t'extKeyUsage is for SIP domains alone'
unknown-critical-extension\t'a critical extension that nobody knows'
duplicate-extension\t'subjectAltName stands twice'
zero-serial\t'the serial number is 0'
negative-serial\t'the serial number is negative'
long-serial\t'the serial number has 21 octets'
algorithm-mismatch\t'the signature algorithm inside is not the one outside'
bad-signature\t'one bit of the signature was changed'
sha1\t'it is signed with SHA-1'
rsa1024\t'its key is RSA with 1024 bits'
unknown-ca\t'the root is not the one that issued'
incomplete-chain\t'the intermediate authority is missing'
revoked\t'a revocation list names it'
revoked-ca\t'a revocation list names its issuer'
ca-without-basic-constraints\t'the intermediate authority has no basicConstraints'
ca-without-cert-sign\t'keyUsage of the intermediate authority lacks keyCertSign'
pathlen-exceeded\t'an authority that allows none below it has one below it'
name-constraint-violation\t'the intermediate authority may certify another organization alone'
name-constraint-uri\t'the intermediate authority may not certify URIs of .invalid, and sip: URIs cannot be judged by that'
help\t'list them'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l suite -d 'Write certificates, keys, revocation lists and messages for every test of RFC 6216 section 6 into this folder, and what has to come out into its expected.tsv' -r -F
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l msrp -d 'Name each sip: user as im: too, as clients of MSRP want it'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l non-repudiation -d 'Let signatures also be proof before others: nonRepudiation'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l caps -d 'Say in the certificate which ciphers its holder reads (RFC 4262)'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l no-subject -d 'Give users and domains no distinguished name: subjectAltName alone names them, and is critical'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l csr -d 'Make a certificate request instead of a certificate'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l pkcs12 -d 'Write NAME.p12 instead: key, certificate and its issuers under the password of -passout'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l gencrl -d 'Write the list without revoking: empty, or the one that is there with new times'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -l force -d 'Overwrite files that exist'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -s q -l quiet -d 'Say nothing but errors'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -s v -l verbose -d 'Give the reasons'
complete -c sip-smime -n "__fish_sip_smime_using_subcommand gen-cert" -s h -l help -d 'Print help (see more with \'--help\')'
