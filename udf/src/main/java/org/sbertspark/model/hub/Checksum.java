package org.sbertspark.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The checksum by which the hub names a content: its SHA-256 if it is kept as a large file, else
 * the SHA-1 of the git object that holds it. It is also the blob's name in the cache.
 *
 * @param hex 64 or 40 lower-case hexadecimal digits
 * @see <a href="https://git-scm.com/book/en/v2/Git-Internals-Git-Objects">git objects</a>
 */
record Checksum(String hex) {
  private static final Pattern ETAG =
      Pattern.compile("(?:W/)?\"?([0-9a-f]{64}|[0-9a-f]{40})\"?", Pattern.CASE_INSENSITIVE);

  /** The checksum in an ETag header; empty if the tag is something else. */
  static Optional<Checksum> ofEtag(String etag) {
    var matcher = ETAG.matcher(etag);
    return matcher.matches()
        ? Optional.of(new Checksum(matcher.group(1).toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }

  /** Reads the whole file. */
  boolean matches(Path file) throws IOException {
    MessageDigest digest = digest(hex.length() == 64 ? "SHA-256" : "SHA-1");
    if (hex.length() == 40) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).equals(hex);
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has " + algorithm, e);
    }
  }
}
