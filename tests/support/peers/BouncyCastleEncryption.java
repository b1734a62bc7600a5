// Peer: Bouncy Castle, the verbs that encrypt, decrypt and compress. Called by BouncyCastle.java.

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.AuthEnvelopedData;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.GCMParameters;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSCompressedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KEKRecipientId;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.PasswordRecipientId;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.RecipientOperator;
import org.bouncycastle.cms.SimpleAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JcePasswordRecipient;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.operator.InputAEADDecryptor;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.util.encoders.Hex;

final class BouncyCastleEncryption {
    private static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of(
            "aes-128-cbc", CMSAlgorithm.AES128_CBC, "aes-192-cbc", CMSAlgorithm.AES192_CBC,
            "aes-256-cbc", CMSAlgorithm.AES256_CBC, "aes-128-gcm", CMSAlgorithm.AES128_GCM,
            "aes-192-gcm", CMSAlgorithm.AES192_GCM, "aes-256-gcm", CMSAlgorithm.AES256_GCM,
            "des-ede3-cbc", CMSAlgorithm.DES_EDE3_CBC);
    /** Version 1.72 reads this cipher but cannot write it. */
    private static final ASN1ObjectIdentifier CHACHA20_POLY1305 = PKCSObjectIdentifiers.id_alg_AEADChaCha20Poly1305;
    private static final Map<String, ASN1ObjectIdentifier> AGREEMENTS = Map.of(
            "kdf-sha1", CMSAlgorithm.ECDH_SHA1KDF, "kdf-sha224", CMSAlgorithm.ECDH_SHA224KDF,
            "kdf-sha256", CMSAlgorithm.ECDH_SHA256KDF, "kdf-sha384", CMSAlgorithm.ECDH_SHA384KDF,
            "kdf-sha512", CMSAlgorithm.ECDH_SHA512KDF);
    private static final Map<String, ASN1ObjectIdentifier> COFACTOR_AGREEMENTS = Map.of(
            "kdf-sha1", CMSAlgorithm.ECCDH_SHA1KDF, "kdf-sha224", CMSAlgorithm.ECCDH_SHA224KDF,
            "kdf-sha256", CMSAlgorithm.ECCDH_SHA256KDF, "kdf-sha384", CMSAlgorithm.ECCDH_SHA384KDF,
            "kdf-sha512", CMSAlgorithm.ECCDH_SHA512KDF);
    private static final Set<String> OPTIONS =
            Set.of("oaep", "oaep-sha1", "keyid", "stream", "attributes", "unprotected", "cofactor", "ukm");
    /** friendlyName of RFC 2985: an attribute that changes nothing. */
    private static final ASN1ObjectIdentifier FRIENDLY_NAME = PKCSObjectIdentifiers.pkcs_9_at_friendlyName;

    private BouncyCastleEncryption() {}

    static void compress(String content, String out) throws Exception {
        CMSProcessableByteArray octets = new CMSProcessableByteArray(Files.readAllBytes(Path.of(content)));
        ContentInfo made = new CMSCompressedDataGenerator().generate(octets, new ZlibCompressor()).toASN1Structure();
        Files.write(Path.of(out), made.getEncoded(ASN1Encoding.DER));
    }

    static void encrypt(String content, String out, String algo, List<String> recipients) throws Exception {
        ASN1ObjectIdentifier cipher = null;
        String name = "";
        String kdf = "kdf-sha256";
        Set<String> words = new HashSet<>();
        for (String word : algo.split("\\+")) {
            if (CIPHERS.containsKey(word)) {
                cipher = CIPHERS.get(word);
                name = word;
            } else if (AGREEMENTS.containsKey(word)) {
                kdf = word;
            } else if (OPTIONS.contains(word)) {
                words.add(word);
            } else {
                throw new BouncyCastle.Cannot(word);
            }
        }
        boolean authenticated = name.endsWith("-gcm");
        if (words.contains("attributes") && !authenticated) {
            throw new BouncyCastle.Cannot("authenticated attributes with CBC");
        }
        ASN1ObjectIdentifier wrap = name.contains("256") ? CMSAlgorithm.AES256_WRAP
                : name.contains("192") ? CMSAlgorithm.AES192_WRAP : CMSAlgorithm.AES128_WRAP;
        if (name.equals("des-ede3-cbc")) {
            wrap = CMSAlgorithm.DES_EDE3_WRAP;
        }
        OutputEncryptor encryptor = new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build();
        Attribute friendly = attribute(FRIENDLY_NAME, new DERBMPString("a peer"));
        CMSAttributeTableGenerator attributes = table(friendly);
        byte[] octets = Files.readAllBytes(Path.of(content));
        byte[] made;
        if (authenticated) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            for (String recipient : recipients) {
                generator.addRecipientInfoGenerator(recipient(recipient, words, kdf, name, wrap));
            }
            if (words.contains("attributes")) {
                generator.setAuthenticatedAttributeGenerator(
                        table(attribute(CMSAttributes.contentType, PKCSObjectIdentifiers.data), friendly));
            }
            if (words.contains("unprotected")) {
                generator.setUnauthenticatedAttributeGenerator(attributes);
            }
            CMSAuthEnvelopedData data =
                    generator.generate(new CMSProcessableByteArray(octets), (OutputAEADEncryptor) encryptor);
            // Version 1.72 has no stream generator for AuthEnvelopedData; what it builds is BER where it is not told.
            made = words.contains("stream") ? data.getEncoded() : data.toASN1Structure().getEncoded(ASN1Encoding.DER);
        } else if (words.contains("stream")) {
            CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
            for (String recipient : recipients) {
                generator.addRecipientInfoGenerator(recipient(recipient, words, kdf, name, wrap));
            }
            if (words.contains("unprotected")) {
                generator.setUnprotectedAttributeGenerator(attributes);
            }
            generator.setBufferSize(16);
            generator.setBEREncodeRecipients(true);
            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            try (OutputStream into = generator.open(sink, encryptor)) {
                into.write(octets);
            }
            made = sink.toByteArray();
        } else {
            CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
            for (String recipient : recipients) {
                generator.addRecipientInfoGenerator(recipient(recipient, words, kdf, name, wrap));
            }
            if (words.contains("unprotected")) {
                generator.setUnprotectedAttributeGenerator(attributes);
            }
            CMSEnvelopedData data = generator.generate(new CMSProcessableByteArray(octets), encryptor);
            made = data.toASN1Structure().getEncoded(ASN1Encoding.DER);
        }
        Files.write(Path.of(out), made);
    }

    private static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
        return new Attribute(type, new DERSet(value));
    }

    private static CMSAttributeTableGenerator table(Attribute... attributes) {
        ASN1EncodableVector all = new ASN1EncodableVector();
        all.addAll(attributes);
        return new SimpleAttributeTableGenerator(new AttributeTable(all));
    }

    private static RecipientInfoGenerator recipient(String words, Set<String> options, String kdf, String cipher,
            ASN1ObjectIdentifier wrap) throws Exception {
        String[] parts = words.split(":", 3);
        switch (parts[0]) {
            case "kek":
                return new JceKEKRecipientInfoGenerator(Hex.decode(parts[1]), new SecretKeySpec(Hex.decode(parts[2]), "AES"))
                        .setProvider("BC");
            case "password":
                // The cipher of the key encryption key; GCM has no meaning there.
                return new JcePasswordRecipientInfoGenerator(
                                CIPHERS.get(cipher.replace("gcm", "cbc")), words.substring("password:".length()).toCharArray())
                        .setProvider("BC")
                        .setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8)
                        .setPRF(PasswordRecipient.PRF.HMacSHA256);
            case "cert":
                break;
            default:
                throw new BouncyCastle.Cannot(words);
        }
        X509CertificateHolder holder = BouncyCastle.certificates(parts[1]).get(0);
        var certificate = new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
        PublicKey key = certificate.getPublicKey();
        byte[] identifier = options.contains("keyid")
                ? SubjectKeyIdentifier.fromExtensions(holder.getExtensions()).getKeyIdentifier() : null;
        if (key.getAlgorithm().equals("RSA")) {
            if (options.contains("oaep") || options.contains("oaep-sha1")) {
                boolean old = options.contains("oaep-sha1");
                AlgorithmIdentifier oaep = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                        PKCSObjectIdentifiers.id_RSAES_OAEP,
                        new OAEPParameterSpec(old ? "SHA-1" : "SHA-256", "MGF1",
                                old ? MGF1ParameterSpec.SHA1 : MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
                return (identifier == null ? new JceKeyTransRecipientInfoGenerator(certificate, oaep)
                        : new JceKeyTransRecipientInfoGenerator(identifier, oaep, key)).setProvider("BC");
            }
            return (identifier == null ? new JceKeyTransRecipientInfoGenerator(certificate)
                    : new JceKeyTransRecipientInfoGenerator(identifier, key)).setProvider("BC");
        }
        KeyPair ephemeral;
        ASN1ObjectIdentifier agreement = (options.contains("cofactor") ? COFACTOR_AGREEMENTS : AGREEMENTS).get(kdf);
        if (key instanceof ECPublicKey ec) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
            generator.initialize(ec.getParams());
            ephemeral = generator.generateKeyPair();
        } else {
            // Version 1.72 says: Unknown key agreement algorithm: 1.2.840.113549.1.9.16.3.19
            throw new BouncyCastle.Cannot(key.getAlgorithm());
        }
        JceKeyAgreeRecipientInfoGenerator generator = new JceKeyAgreeRecipientInfoGenerator(
                agreement, ephemeral.getPrivate(), ephemeral.getPublic(), wrap).setProvider("BC");
        if (options.contains("ukm")) {
            generator.setUserKeyingMaterial("material of the user".getBytes("US-ASCII"));
        }
        return identifier == null ? generator.addRecipient(certificate) : generator.addRecipient(identifier, key);
    }

    /** Takes the content encryption key out of a RecipientInfo, no more. */
    private interface Holds {
        Key key();
    }

    private static final class Agreed extends JceKeyAgreeRecipient implements Holds {
        private Key found;

        Agreed(java.security.PrivateKey key) {
            super(key);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier encryption, AlgorithmIdentifier content,
                org.bouncycastle.asn1.x509.SubjectPublicKeyInfo sender, org.bouncycastle.asn1.ASN1OctetString material,
                byte[] wrapped) throws CMSException {
            found = extractSecretKey(encryption, content, sender, material, wrapped);
            return nothing(content);
        }

        @Override
        public Key key() {
            return found;
        }
    }

    private static final class Shared extends JceKEKRecipient implements Holds {
        private Key found;

        Shared(javax.crypto.SecretKey key) {
            super(key);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier encryption, AlgorithmIdentifier content,
                byte[] wrapped) throws CMSException {
            found = extractSecretKey(encryption, content, wrapped);
            return nothing(content);
        }

        @Override
        public Key key() {
            return found;
        }
    }

    private static final class Typed extends JcePasswordEnvelopedRecipient implements Holds {
        private Key found;

        Typed(char[] password) {
            super(password);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier encryption, AlgorithmIdentifier content,
                byte[] derived, byte[] wrapped) throws CMSException {
            found = extractSecretKey(encryption, content, derived, wrapped);
            return nothing(content);
        }

        @Override
        public Key key() {
            return found;
        }
    }

    private static RecipientOperator nothing(AlgorithmIdentifier content) {
        return new RecipientOperator(new InputAEADDecryptor() {
            @Override
            public AlgorithmIdentifier getAlgorithmIdentifier() {
                return content;
            }

            @Override
            public java.io.InputStream getInputStream(java.io.InputStream encrypted) {
                return new ByteArrayInputStream(new byte[0]);
            }

            @Override
            public OutputStream getAADStream() {
                return OutputStream.nullOutputStream();
            }

            @Override
            public byte[] getMAC() {
                return new byte[0];
            }
        });
    }

    static void decrypt(String object, String out, List<String> identities) throws Exception {
        byte[] octets = Files.readAllBytes(Path.of(object));
        ContentInfo info = ContentInfo.getInstance(octets);
        boolean authenticated = info.getContentType().equals(PKCSObjectIdentifiers.id_ct_authEnvelopedData);
        CMSAuthEnvelopedData sealed = authenticated ? new CMSAuthEnvelopedData(octets) : null;
        RecipientInformationStore store =
                authenticated ? sealed.getRecipientInfos() : new CMSEnvelopedData(octets).getRecipientInfos();
        Exception why = new GeneralSecurityException("no recipient is one of ours");
        for (String identity : identities) {
            Map<RecipientInformation, Recipient> fits = fits(identity, store, authenticated);
            for (Map.Entry<RecipientInformation, Recipient> one : fits.entrySet()) {
                try {
                    byte[] content = one.getKey().getContent(one.getValue());
                    if (one.getValue() instanceof Holds holds) {
                        content = open(AuthEnvelopedData.getInstance(info.getContent()), holds.key());
                    }
                    Files.write(Path.of(out), content);
                    return;
                } catch (CMSException | GeneralSecurityException e) {
                    why = e;
                }
            }
        }
        throw why;
    }

    private static Map<RecipientInformation, Recipient> fits(String identity, RecipientInformationStore store,
            boolean authenticated) throws Exception {
        String[] parts = identity.split(":", 3);
        Map<RecipientInformation, Recipient> found = new HashMap<>();
        for (RecipientInformation info : store) {
            switch (parts[0]) {
                case "kek" -> {
                    if (info.getRID().getType() == KEKRecipientId.kek
                            && info.getRID().equals(new KEKRecipientId(Hex.decode(parts[1])))) {
                        var key = new SecretKeySpec(Hex.decode(parts[2]), "AES");
                        found.put(info, authenticated ? new Shared(key).setProvider("BC")
                                : new JceKEKEnvelopedRecipient(key).setProvider("BC"));
                    }
                }
                case "password" -> {
                    if (info.getRID() instanceof PasswordRecipientId) {
                        char[] text = identity.substring("password:".length()).toCharArray();
                        JcePasswordRecipient reader =
                                authenticated ? new Typed(text) : new JcePasswordEnvelopedRecipient(text);
                        found.put(info, reader.setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8)
                                .setProvider("BC"));
                    }
                }
                case "key" -> {
                    X509CertificateHolder holder = BouncyCastle.certificates(parts[2]).get(0);
                    @SuppressWarnings("unchecked")
                    boolean ours = info.getRID().match(holder);
                    if (ours) {
                        var key = BouncyCastle.key(parts[1]);
                        if (key.getAlgorithm().equals("RSA")) {
                            found.put(info, authenticated ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC")
                                    : new JceKeyTransEnvelopedRecipient(key).setProvider("BC"));
                        } else {
                            found.put(info, authenticated ? new Agreed(key).setProvider("BC")
                                    : new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC"));
                        }
                    }
                }
                default -> throw new BouncyCastle.Cannot(identity);
            }
        }
        return found;
    }

    /** Version 1.72 reads AuthEnvelopedData only for key transport. The content is opened here for the other kinds. */
    private static byte[] open(AuthEnvelopedData data, Key key) throws Exception {
        var info = data.getAuthEncryptedContentInfo();
        byte[] mac = data.getMac().getOctets();
        ASN1Encodable parameters = info.getContentEncryptionAlgorithm().getParameters();
        Cipher cipher;
        if (info.getContentEncryptionAlgorithm().getAlgorithm().equals(CHACHA20_POLY1305)) {
            cipher = Cipher.getInstance("ChaCha20-Poly1305", "BC");
            cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key.getEncoded(), "ChaCha20"),
                    new IvParameterSpec(ASN1OctetString.getInstance(parameters).getOctets()));
        } else {
            GCMParameters gcm = GCMParameters.getInstance(parameters);
            if (mac.length != gcm.getIcvLen()) {
                throw new GeneralSecurityException("length of the MAC");
            }
            cipher = Cipher.getInstance("AES/GCM/NoPadding", "BC");
            cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key.getEncoded(), "AES"),
                    new GCMParameterSpec(mac.length * 8, gcm.getNonce()));
        }
        if (data.getAuthAttrs() != null) {
            cipher.updateAAD(data.getAuthAttrs().getEncoded(ASN1Encoding.DER));
        }
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        sealed.write(info.getEncryptedContent().getOctets());
        sealed.write(mac);
        return cipher.doFinal(sealed.toByteArray());
    }
}
