package io.sluice.gateway.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and keys from PEM files (RFC 7468). Every method blocks on the disk, and throws an {@link IOException} with a sentence
 * that names the file and says what to do, and holds nothing of a key.
 */
public final class Pem {

    private static final int MOST_BYTES = 1 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /** One object of a file: its label, and its DER. */
    private record Block(String label, byte[] der) {}

    private Pem() {}

    /** The certificates of {@code file} in its order; at least one. */
    public static List<X509Certificate> certificates(String file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label.equals("CERTIFICATE")) {
                certificates.add(certificate(file, block));
            }
        }
        if (certificates.isEmpty()) {
            throw new IOException(file + " has no certificate: it must be a PEM file with BEGIN CERTIFICATE in it.");
        }
        return certificates;
    }

    /** The private key of {@code file}, in PKCS#8 and not encrypted (RFC 5958). */
    public static PrivateKey privateKey(String file) throws IOException {
        for (Block block : blocks(file)) {
            if (block.label.equals("PRIVATE KEY")) {
                PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(block.der);
                PrivateKey key = decoded(factory -> factory.generatePrivate(encoded));
                if (key != null) {
                    return key;
                }
                throw new IOException(file + " has a private key that is none of RSA, EC or EdDSA: make another.");
            }
            if (block.label.endsWith("PRIVATE KEY")) {
                throw new IOException(
                        "%s has a key of another form: convert it with \"openssl pkcs8 -topk8 -nocrypt -in %s -out key.pem\"."
                                .formatted(file, file));
            }
        }
        throw new IOException(file + " has no private key: it must be a PEM file with BEGIN PRIVATE KEY in it.");
    }

    /** The public keys of {@code file}, and those of its certificates, in its order; at least one. */
    public static List<PublicKey> publicKeys(String file) throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label.equals("CERTIFICATE")) {
                keys.add(certificate(file, block).getPublicKey());
            } else if (block.label.equals("PUBLIC KEY")) {
                X509EncodedKeySpec encoded = new X509EncodedKeySpec(block.der);
                PublicKey key = decoded(factory -> factory.generatePublic(encoded));
                if (key == null) {
                    throw new IOException(file + " has a public key that is none of RSA, EC or EdDSA: make another.");
                }
                keys.add(key);
            } else if (block.label.endsWith("PRIVATE KEY")) {
                throw new IOException(file + " has a private key, which has no place here: keep the public one only.");
            }
        }
        if (keys.isEmpty()) {
            throw new IOException(file + " has no public key: it must be a PEM file with BEGIN PUBLIC KEY in it.");
        }
        return keys;
    }

    private static X509Certificate certificate(String file, Block block) throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der));
        } catch (CertificateException broken) {
            throw new IOException(file + " has a certificate that cannot be read: make it anew.", broken);
        }
    }

    /** What decodes one encoding of a key with one algorithm. */
    private interface Decoder<K> {
        K decode(KeyFactory factory) throws GeneralSecurityException;
    }

    private static <K> @Nullable K decoded(Decoder<K> decoder) {
        for (String algorithm : ALGORITHMS) {
            try {
                return decoder.decode(KeyFactory.getInstance(algorithm));
            } catch (GeneralSecurityException another) {
                // It may be of the next one.
            }
        }
        return null;
    }

    private static List<Block> blocks(String file) throws IOException {
        Path path = Path.of(file);
        if (!Files.exists(path)) {
            throw new IOException(file + " does not exist: create it, or name another.");
        }
        if (!Files.isReadable(path) || Files.isDirectory(path)) {
            throw new IOException(file + " cannot be read: it must be a regular file that this user may read.");
        }
        if (Files.size(path) > MOST_BYTES) {
            throw new IOException(file + " is larger than 1 MiB: it is no PEM file.");
        }
        String text = Files.readString(path, ISO_8859_1);
        if (text.lastIndexOf(BEGIN) > text.lastIndexOf(END)) {
            throw new IOException(file + " is cut off: its last BEGIN has no END.");
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            try {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException broken) {
                throw new IOException(file + " is no PEM file: what stands in it is not Base64.", broken);
            }
        }
        return blocks;
    }
}
