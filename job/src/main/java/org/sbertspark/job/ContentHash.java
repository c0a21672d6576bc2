package org.sbertspark.job;

import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.model.Sha256;
import org.sbertspark.model.TextCanonicalizer;

/**
 * SHA-256 of everything that decides a vector: the model's fingerprint, the settings, and prompt
 * and text as the model sees them. Equal hashes mean equal vectors. 64 hexadecimal digits; a null
 * text has a hash as well.
 *
 * @param settings all but the text
 * @param prompt in front of each text
 * @param canonical whether blanks around a text count for nothing
 * @param lowerCase whether case counts for nothing
 */
record ContentHash(String settings, String prompt, boolean canonical, boolean lowerCase)
    implements Serializable {

  /** Rises when the hash of the same content changes. */
  private static final int FORMAT = 1;

  static ContentHash of(Embedding embedding, ModelBundle bundle) {
    String settings =
        "sbert-spark %d %s %d %d %b %s"
            .formatted(
                FORMAT,
                embedding.fingerprint(),
                embedding.dimension(),
                embedding.maxSeqLength(),
                embedding.normalize(),
                embedding.precision());
    return new ContentHash(
        settings, embedding.prompt(), bundle.framesTexts(), bundle.description().doLowerCase());
  }

  Column column(Column text) {
    UDF1<String, String> hash = this::of;
    return udf(hash, DataTypes.StringType).apply(text);
  }

  String of(String text) {
    MessageDigest digest = Sha256.digest();
    digest.update(settings.getBytes(StandardCharsets.UTF_8));
    // The settings have no zero in them: nothing behind one can be taken for a setting. The prompt
    // is hashed apart, because the model may treat its tokens apart.
    digest.update((byte) 0);
    digest.update(sized(prompt));
    if (text != null) {
      String seen = prompt + text;
      digest.update(
          (canonical ? TextCanonicalizer.canonical(seen, lowerCase) : seen)
              .getBytes(StandardCharsets.UTF_8));
    } else {
      digest.update((byte) 0xFF); // No UTF-8.
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static byte[] sized(String text) {
    return (text.length() + ":" + text).getBytes(StandardCharsets.UTF_8);
  }
}
