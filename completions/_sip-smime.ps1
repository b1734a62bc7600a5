
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'sip-smime' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'sip-smime'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'sip-smime' {
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the manual or the completions of a shell')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign SIP messages, MIME entities or files')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify signed SIP messages, MIME entities or CMS objects')
            break
        }
        'sip-smime;sign' {
            [CompletionResult]::new('--in', '--in', [CompletionResultType]::ParameterName, 'A file to read, as openssl names it')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the product to FILE instead of standard output; whole or not at all')
            [CompletionResult]::new('--inform', '--inform', [CompletionResultType]::ParameterName, 'Insist on a form of input instead of recognising it')
            [CompletionResult]::new('--outform', '--outform', [CompletionResultType]::ParameterName, 'Write another form than the input has')
            [CompletionResult]::new('--part', '--part', [CompletionResultType]::ParameterName, 'Work on one MIME part: 1, 2, 2.1')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Refuse a message larger than this')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Work on several messages at once')
            [CompletionResult]::new('--signer', '--signer', [CompletionResultType]::ParameterName, 'The signer''s certificate; the file may hold the key too')
            [CompletionResult]::new('--inkey', '--inkey', [CompletionResultType]::ParameterName, 'The signer''s private key')
            [CompletionResult]::new('--passin', '--passin', [CompletionResultType]::ParameterName, 'Where the password of the key comes from: env:NAME, file:PATH, fd:N or prompt')
            [CompletionResult]::new('--certfile', '--certfile', [CompletionResultType]::ParameterName, 'More certificates to include')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'The content inside the signature, or beside it in a multipart/signed')
            [CompletionResult]::new('--certs', '--certs', [CompletionResultType]::ParameterName, 'Which certificates to include [default: signer, and those of -certfile]')
            [CompletionResult]::new('--md', '--md', [CompletionResultType]::ParameterName, 'The digest [default: the one that fits the key]')
            [CompletionResult]::new('--protect', '--protect', [CompletionResultType]::ParameterName, 'What the signature covers')
            [CompletionResult]::new('--cte', '--cte', [CompletionResultType]::ParameterName, 'The transfer encoding of the signature')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Whose conventions to follow')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per message instead of the product')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give the reasons')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Give the reasons')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Put the products that are good in place even if a message fails')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite what would otherwise be kept')
            [CompletionResult]::new('--binary', '--binary', [CompletionResultType]::ParameterName, 'Leave line ends as they are')
            [CompletionResult]::new('--crlfeol', '--crlfeol', [CompletionResultType]::ParameterName, 'Lines end in CR LF: the default, accepted as openssl''s word')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Accepted as openssl''s word: DER is always written')
            [CompletionResult]::new('--indef', '--indef', [CompletionResultType]::ParameterName, 'Accepted as openssl''s word: DER is always written')
            [CompletionResult]::new('--nodetach', '--nodetach', [CompletionResultType]::ParameterName, 'The same as --layout opaque')
            [CompletionResult]::new('--nocerts', '--nocerts', [CompletionResultType]::ParameterName, 'The same as --certs none')
            [CompletionResult]::new('--keyid', '--keyid', [CompletionResultType]::ParameterName, 'Name the signer by its subject key identifier')
            [CompletionResult]::new('--noattr', '--noattr', [CompletionResultType]::ParameterName, 'Sign without signed attributes, for old peers')
            [CompletionResult]::new('--pss', '--pss', [CompletionResultType]::ParameterName, 'Sign with RSASSA-PSS')
            [CompletionResult]::new('--add-date', '--add-date', [CompletionResultType]::ParameterName, 'Add a Date header field if there is none')
            [CompletionResult]::new('--minimal', '--minimal', [CompletionResultType]::ParameterName, 'Only the signed attributes that cannot be left out, and the signing time')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sip-smime;verify' {
            [CompletionResult]::new('--in', '--in', [CompletionResultType]::ParameterName, 'A file to read, as openssl names it')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the product to FILE instead of standard output; whole or not at all')
            [CompletionResult]::new('--inform', '--inform', [CompletionResultType]::ParameterName, 'Insist on a form of input instead of recognising it')
            [CompletionResult]::new('--outform', '--outform', [CompletionResultType]::ParameterName, 'Write another form than the input has')
            [CompletionResult]::new('--part', '--part', [CompletionResultType]::ParameterName, 'Work on one MIME part: 1, 2, 2.1')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Refuse a message larger than this')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Work on several messages at once')
            [CompletionResult]::new('--CAfile', '--CAfile', [CompletionResultType]::ParameterName, 'Trust anchors, in PEM or DER')
            [CompletionResult]::new('--CApath', '--CApath', [CompletionResultType]::ParameterName, 'A folder of trust anchors')
            [CompletionResult]::new('--trust', '--trust', [CompletionResultType]::ParameterName, 'Trust exactly this certificate, whoever issued it; may be repeated')
            [CompletionResult]::new('--certfile', '--certfile', [CompletionResultType]::ParameterName, 'Certificates of signers and intermediate authorities that the message lacks; may be repeated')
            [CompletionResult]::new('--at-time', '--at-time', [CompletionResultType]::ParameterName, 'Check validity at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]')
            [CompletionResult]::new('--attime', '--attime', [CompletionResultType]::ParameterName, 'Check validity at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]')
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'Whom the certificate must name: from, to, pai, a URI or none')
            [CompletionResult]::new('--purpose', '--purpose', [CompletionResultType]::ParameterName, 'What the certificate must be for')
            [CompletionResult]::new('--signer-out', '--signer-out', [CompletionResultType]::ParameterName, 'Write the certificates of the good signers to FILE; also -signer')
            [CompletionResult]::new('--signer', '--signer', [CompletionResultType]::ParameterName, 'Write the certificates of the good signers to FILE; also -signer')
            [CompletionResult]::new('--content', '--content', [CompletionResultType]::ParameterName, 'The content of a detached CMS object; `-` is standard input')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per message instead of the product')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give the reasons')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Give the reasons')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Put the products that are good in place even if a message fails')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite what would otherwise be kept')
            [CompletionResult]::new('--binary', '--binary', [CompletionResultType]::ParameterName, 'Leave line ends as they are')
            [CompletionResult]::new('--crlfeol', '--crlfeol', [CompletionResultType]::ParameterName, 'Lines end in CR LF: the default, accepted as openssl''s word')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Accepted as openssl''s word: DER is always written')
            [CompletionResult]::new('--indef', '--indef', [CompletionResultType]::ParameterName, 'Accepted as openssl''s word: DER is always written')
            [CompletionResult]::new('--nointern', '--nointern', [CompletionResultType]::ParameterName, 'Do not look for the signer among the certificates of the message')
            [CompletionResult]::new('--noverify', '--noverify', [CompletionResultType]::ParameterName, 'Leave trust out: who signed is then not proved')
            [CompletionResult]::new('--require-date', '--require-date', [CompletionResultType]::ParameterName, 'An uncovered Date is an error')
            [CompletionResult]::new('--require-signed', '--require-signed', [CompletionResultType]::ParameterName, 'In a stream, a message without a signature is a failure')
            [CompletionResult]::new('--allow-email-san', '--allow-email-san', [CompletionResultType]::ParameterName, 'Let a sip: identity match an e-mail address in the certificate')
            [CompletionResult]::new('--allow-legacy', '--allow-legacy', [CompletionResultType]::ParameterName, 'Accept SHA-1, RSA below 2048 bits and signatures without attributes, with a warning')
            [CompletionResult]::new('--any-signer', '--any-signer', [CompletionResultType]::ParameterName, 'One good signer is enough')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat disagreements between labels and content as errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
