_sip__smime() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="sip__smime"
                ;;
            sip__smime,check-san)
                cmd="sip__smime__subcmd__check__subcmd__san"
                ;;
            sip__smime,decrypt)
                cmd="sip__smime__subcmd__decrypt"
                ;;
            sip__smime,encrypt)
                cmd="sip__smime__subcmd__encrypt"
                ;;
            sip__smime,gen-cert)
                cmd="sip__smime__subcmd__gen__subcmd__cert"
                ;;
            sip__smime,inspect)
                cmd="sip__smime__subcmd__inspect"
                ;;
            sip__smime,sign)
                cmd="sip__smime__subcmd__sign"
                ;;
            sip__smime,verify)
                cmd="sip__smime__subcmd__verify"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        sip__smime)
            opts="-h -V --generate --help --version sign verify encrypt decrypt inspect check-san gen-cert"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --generate)
                    COMPREPLY=($(compgen -W "man bash zsh fish elvish powershell" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__check__subcmd__san)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --CAfile --CApath --trust --certfile --CRLfile --crl --crl_check --crl_check_all --extended_crl --use_deltas --attime --at-time --policy --explicit_policy --inhibit_map --inhibit_any --passin --purpose --allow-email-san --allow-legacy --strict --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CAfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CApath)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trust)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --certfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --crl)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CRLfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --at-time)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --attime)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --policy)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --purpose)
                    COMPREPLY=($(compgen -W "smime sip tls any" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__decrypt)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --recip --inkey --passin --kek --password --require-aead --verify --CAfile --CApath --trust --certfile --CRLfile --crl --crl_check --crl_check_all --extended_crl --use_deltas --attime --at-time --policy --explicit_policy --inhibit_map --inhibit_any --nointern --keyring --learn --noverify --identity --require-date --require-signed --allow-email-san --purpose --allow-legacy --signer --signer-out --any-signer --diagnose --strict --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --recip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --kek)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --password)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CAfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CApath)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trust)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --certfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --crl)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CRLfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --at-time)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --attime)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --policy)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --identity)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --purpose)
                    COMPREPLY=($(compgen -W "smime sip any" -- "${cur}"))
                    return 0
                    ;;
                --signer-out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --signer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__encrypt)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --recip --keyring --CAfile --CApath --kek --password --encrypt-to-self --cipher --caps-from --rsa --keyid --signer --inkey --passin --protect --cte --smime-type-style --profile --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --recip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CAfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CApath)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --kek)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --password)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --encrypt-to-self)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --cipher)
                    COMPREPLY=($(compgen -W "aes-128-gcm aes-192-gcm aes-256-gcm chacha20-poly1305 aes-128-cbc aes-192-cbc aes-256-cbc" -- "${cur}"))
                    return 0
                    ;;
                --caps-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rsa)
                    COMPREPLY=($(compgen -W "oaep pkcs1" -- "${cur}"))
                    return 0
                    ;;
                --signer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -W "body" -- "${cur}"))
                    return 0
                    ;;
                --cte)
                    COMPREPLY=($(compgen -W "binary base64" -- "${cur}"))
                    return 0
                    ;;
                --smime-type-style)
                    COMPREPLY=($(compgen -W "8591 8551" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -W "rfc8591 rfc6216" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__gen__subcmd__cert)
            opts="-q -v -h --ca --intermediate --CA --CAkey --inkey --passin --key --days --not-before --not-after --email --msrp --non-repudiation --caps --no-subject --req --csr --profile --out-dir --out --keyout --passout --outform --pkcs12 --revoke --gencrl --reason --seed --fixture --suite --force --quiet --verbose --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --ca)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --intermediate)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CA)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CAkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --key)
                    COMPREPLY=($(compgen -W "p256 p384 ed25519 x25519 rsa2048 rsa3072 rsa4096" -- "${cur}"))
                    return 0
                    ;;
                --days)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --not-before)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --not-after)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --email)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --req)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -W "rfc8591 rfc6216" -- "${cur}"))
                    return 0
                    ;;
                --out-dir)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "pem der p7c mime" -- "${cur}"))
                    return 0
                    ;;
                --revoke)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --reason)
                    COMPREPLY=($(compgen -W "keyCompromise cACompromise affiliationChanged superseded cessationOfOperation privilegeWithdrawn aACompromise" -- "${cur}"))
                    return 0
                    ;;
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --fixture)
                    COMPREPLY=($(compgen -W "expired not-yet-valid wrong-san no-san cn-only email-only ip-only wildcard nul-in-san invisible-in-san no-digital-signature no-eku tls-only-eku sip-only-eku unknown-critical-extension duplicate-extension zero-serial negative-serial long-serial algorithm-mismatch bad-signature sha1 rsa1024 unknown-ca incomplete-chain revoked revoked-ca ca-without-basic-constraints ca-without-cert-sign pathlen-exceeded name-constraint-violation name-constraint-uri help" -- "${cur}"))
                    return 0
                    ;;
                --suite)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__inspect)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --recip --inkey --passin --kek --password --lint --raw --make-accept --strict --attime --at-time --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --recip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --kek)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --password)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --make-accept)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --at-time)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --attime)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__sign)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --signer --inkey --passin --certfile --layout --nodetach --certs --nocerts --keyid --md --noattr --pss --protect --add-date --cte --profile --minimal --strict --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --signer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inkey)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --certfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --layout)
                    COMPREPLY=($(compgen -W "opaque detached" -- "${cur}"))
                    return 0
                    ;;
                --certs)
                    COMPREPLY=($(compgen -W "signer chain none" -- "${cur}"))
                    return 0
                    ;;
                --md)
                    COMPREPLY=($(compgen -W "sha256 sha384 sha512" -- "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -W "body" -- "${cur}"))
                    return 0
                    ;;
                --cte)
                    COMPREPLY=($(compgen -W "binary base64" -- "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -W "rfc8591 rfc6216" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        sip__subcmd__smime__subcmd__verify)
            opts="-q -v -h --in --out --inform --outform --part --json --quiet --verbose --color --max-size --jobs --keep-going --force --binary --crlfeol --stream --indef --CAfile --CApath --trust --certfile --CRLfile --crl --crl_check --crl_check_all --extended_crl --use_deltas --attime --at-time --policy --explicit_policy --inhibit_map --inhibit_any --nointern --keyring --learn --noverify --identity --require-date --require-signed --allow-email-san --purpose --allow-legacy --signer --signer-out --any-signer --diagnose --strict --passin --content --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --in)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --inform)
                    COMPREPLY=($(compgen -W "sip mime der pem pcap" -- "${cur}"))
                    return 0
                    ;;
                --outform)
                    COMPREPLY=($(compgen -W "sip mime der pem" -- "${cur}"))
                    return 0
                    ;;
                --part)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --max-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CAfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CApath)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trust)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --certfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --crl)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --CRLfile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --at-time)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --attime)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --policy)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --identity)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --purpose)
                    COMPREPLY=($(compgen -W "smime sip any" -- "${cur}"))
                    return 0
                    ;;
                --signer-out)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --signer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --passin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --content)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _sip__smime -o nosort -o bashdefault -o default sip-smime
else
    complete -F _sip__smime -o bashdefault -o default sip-smime
fi
