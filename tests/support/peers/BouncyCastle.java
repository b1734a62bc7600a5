// Peer: Bouncy Castle. Called by bouncycastle.sh, which compiles it; see README.md. It has no use outside of the tests.

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.CMSSignedGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.Store;

public class BouncyCastle {
    private static final String EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    private static final String ANY_PURPOSE = "2.5.29.37.0";
    private static final int BAD = 1;
    private static final int USAGE = 2;
    private static final int CANNOT = 3;

    /** The peer cannot make what was asked for. */
    static final class Cannot extends Exception {
        Cannot(String word) {
            super(word);
        }
    }

    public static void main(String[] words) throws IOException {
        Security.addProvider(new BouncyCastleProvider());
        if (words.length == 2 && words[0].endsWith("-batch")) {
            String verb = words[0].substring(0, words[0].length() - "-batch".length());
            for (String line : Files.readAllLines(Path.of(words[1]))) {
                if (!line.isEmpty()) {
                    String reason = call(verb, line.split("\t", -1)).reason;
                    System.out.println(reason == null ? "ok" : "bad: " + reason.replace('\n', ' '));
                }
            }
            return;
        }
        if (words.length == 0) {
            System.exit(USAGE);
        }
        Result result = call(words[0], Arrays.copyOfRange(words, 1, words.length));
        if (result.reason != null) {
            System.err.println("bouncycastle: " + result.reason);
        }
        System.exit(result.status);
    }

    private record Result(int status, String reason) {}

    private static Result call(String verb, String[] w) {
        try {
            if (verb.equals("sign") && w.length == 6) {
                sign(w[0].split(","), w[1].split(","), w[2], w[3], w[4], w[5]);
            } else if (verb.equals("verify") && w.length == 5) {
                verify(w[0], w[1], w[2], w[3], w[4]);
            } else if (verb.equals("encrypt") && w.length >= 4) {
                BouncyCastleEncryption.encrypt(w[0], w[1], w[2], List.of(w).subList(3, w.length));
            } else if (verb.equals("decrypt") && w.length >= 3) {
                BouncyCastleEncryption.decrypt(w[0], w[1], List.of(w).subList(2, w.length));
            } else if (verb.equals("compress") && w.length == 2) {
                BouncyCastleEncryption.compress(w[0], w[1]);
            } else {
                return new Result(USAGE, "wrong call: " + verb);
            }
            return new Result(0, null);
        } catch (Cannot e) {
            return new Result(CANNOT, "cannot: " + e.getMessage());
        } catch (Exception | StackOverflowError e) {
            return new Result(BAD, e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static void sign(String[] keys, String[] certs, String content, String out, String form, String algo)
            throws Exception {
        boolean opaque = form.equals("opaque");
        String digest = "SHA256";
        Set<String> words = new HashSet<>();
        for (String word : algo.split("\\+")) {
            if (word.startsWith("sha")) {
                digest = word.toUpperCase();
            } else if (List.of("pss", "noattr", "keyid", "nocerts", "chain", "stream", "noprotect", "counter")
                    .contains(word)) {
                words.add(word);
            } else {
                throw new Cannot(word);
            }
        }
        boolean stream = words.contains("stream");
        CMSSignedGenerator generator = stream ? new CMSSignedDataStreamGenerator() : new CMSSignedDataGenerator();
        int signers = words.contains("counter") ? keys.length - 1 : keys.length;
        for (int i = 0; i < signers; i++) {
            generator.addSignerInfoGenerator(signer(keys[i], certs[i], digest, words));
        }
        if (!words.contains("nocerts")) {
            for (String cert : certs) {
                List<X509CertificateHolder> all = certificates(cert);
                for (X509CertificateHolder holder : words.contains("chain") ? all : all.subList(0, 1)) {
                    generator.addCertificate(holder);
                }
            }
        }
        byte[] octets = Files.readAllBytes(Path.of(content));
        byte[] made;
        if (stream) {
            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            try (OutputStream into = ((CMSSignedDataStreamGenerator) generator).open(sink, opaque)) {
                into.write(octets);
            }
            made = sink.toByteArray();
        } else {
            CMSSignedDataGenerator whole = (CMSSignedDataGenerator) generator;
            CMSSignedData signed = whole.generate(new CMSProcessableByteArray(octets), opaque);
            if (words.contains("counter")) {
                CMSSignedDataGenerator counter = new CMSSignedDataGenerator();
                counter.addSignerInfoGenerator(signer(keys[signers], certs[signers], digest, words));
                List<SignerInformation> infos = new ArrayList<>();
                for (SignerInformation info : signed.getSignerInfos()) {
                    infos.add(SignerInformation.addCounterSigners(info, counter.generateCounterSigners(info)));
                }
                signed = CMSSignedData.replaceSigners(signed, new SignerInformationStore(infos));
            }
            made = signed.getEncoded("DER");
        }
        Files.write(Path.of(out), made);
    }

    private static SignerInfoGenerator signer(String keyFile, String certFile, String digest, Set<String> words)
            throws Exception {
        PrivateKey key = key(keyFile);
        String name = switch (key.getAlgorithm()) {
            case "RSA" -> digest + "withRSA" + (words.contains("pss") ? "andMGF1" : "");
            case "EC", "ECDSA" -> digest + "withECDSA";
            case "Ed25519", "EdDSA" -> "Ed25519";
            default -> throw new Cannot(key.getAlgorithm());
        };
        ContentSigner signer = new JcaContentSignerBuilder(name).setProvider("BC").build(key);
        JcaSignerInfoGeneratorBuilder builder =
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        builder.setDirectSignature(words.contains("noattr"));
        if (words.contains("noprotect")) {
            CMSAttributeTableGenerator usual = new DefaultSignedAttributeTableGenerator();
            builder.setSignedAttributeGenerator(
                    parameters -> {
                        AttributeTable table = usual.getAttributes(parameters);
                        return table.remove(CMSAttributes.cmsAlgorithmProtect);
                    });
        }
        X509CertificateHolder holder = certificates(certFile).get(0);
        if (words.contains("keyid")) {
            var identifier = org.bouncycastle.asn1.x509.SubjectKeyIdentifier.fromExtensions(holder.getExtensions());
            return builder.build(signer, identifier.getKeyIdentifier());
        }
        return builder.build(signer, holder);
    }

    private static void verify(String signedFile, String content, String ca, String extra, String out) throws Exception {
        byte[] octets = Files.readAllBytes(Path.of(signedFile));
        CMSSignedData signed = content.equals("-")
                ? new CMSSignedData(octets)
                : new CMSSignedData(new CMSProcessableByteArray(Files.readAllBytes(Path.of(content))), octets);
        if (content.equals("-") && signed.getSignedContent() == null) {
            throw new GeneralSecurityException("no content");
        }
        String time = System.getenv("PEER_TIME");
        Date at = time == null || time.isEmpty() ? new Date() : new Date(Long.parseLong(time) * 1000);

        JcaX509CertificateConverter converter = new JcaX509CertificateConverter().setProvider("BC");
        List<X509CertificateHolder> known = new ArrayList<>(signed.getCertificates().getMatches(null));
        if (!extra.equals("-")) {
            known.addAll(certificates(extra));
        }
        List<X509Certificate> all = new ArrayList<>();
        for (X509CertificateHolder holder : known) {
            all.add(converter.getCertificate(holder));
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509CertificateHolder holder : certificates(ca)) {
            anchors.add(new TrustAnchor(converter.getCertificate(holder), null));
        }

        Collection<SignerInformation> signers = signed.getSignerInfos().getSigners();
        if (signers.isEmpty()) {
            throw new GeneralSecurityException("no signer");
        }
        for (SignerInformation info : signers) {
            check(info, known, all, anchors, at, converter);
        }
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        signed.getSignedContent().write(sink);
        Files.write(Path.of(out), sink.toByteArray());
    }

    /** One certificate that fits must verify the signature, may sign, and must have a path to an anchor. */
    private static void check(SignerInformation info, List<X509CertificateHolder> known, List<X509Certificate> all,
            Set<TrustAnchor> anchors, Date at, JcaX509CertificateConverter converter) throws Exception {
        Exception why = new GeneralSecurityException("certificate of the signer not found");
        for (X509CertificateHolder holder : known) {
            @SuppressWarnings("unchecked")
            boolean fits = info.getSID().match(holder);
            if (!fits) {
                continue;
            }
            try {
                X509Certificate certificate = converter.getCertificate(holder);
                if (!info.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate))) {
                    throw new GeneralSecurityException("signature is wrong");
                }
                boolean[] usage = certificate.getKeyUsage();
                if (usage != null && !usage[0] && !usage[1]) {
                    throw new GeneralSecurityException("key usage forbids signatures");
                }
                List<String> purposes = certificate.getExtendedKeyUsage();
                if (purposes != null && !purposes.contains(EMAIL_PROTECTION) && !purposes.contains(ANY_PURPOSE)) {
                    throw new GeneralSecurityException("extended key usage forbids S/MIME");
                }
                X509CertSelector target = new X509CertSelector();
                target.setCertificate(certificate);
                PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
                parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(all), "BC"));
                parameters.setRevocationEnabled(false);
                parameters.setDate(at);
                CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
                return;
            } catch (Exception e) {
                why = e;
            }
        }
        throw why;
    }

    static List<X509CertificateHolder> certificates(String file) throws IOException {
        List<X509CertificateHolder> found = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new FileReader(new File(file), StandardCharsets.ISO_8859_1))) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                if (next instanceof X509CertificateHolder holder) {
                    found.add(holder);
                }
            }
        }
        return found;
    }

    static PrivateKey key(String file) throws Exception {
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter().setProvider("BC");
        try (PEMParser parser = new PEMParser(new FileReader(new File(file), StandardCharsets.ISO_8859_1))) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                if (next instanceof PrivateKeyInfo info) {
                    return converter.getPrivateKey(info);
                }
                if (next instanceof PEMKeyPair pair) {
                    return converter.getKeyPair(pair).getPrivate();
                }
            }
        }
        throw new Cannot("no private key in " + file);
    }
}
