package org.sbertspark.inference;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.regex.Pattern;
import org.sbertspark.model.ModelDescription;

/**
 * What a bundle says of itself ({@code bundle.json}).
 *
 * @param format version of the bundle's layout and of the compiled programs
 * @param goldenId tells bundles of one model with different golden texts apart; empty for the usual
 *     ones
 * @param framesTexts whether texts are stripped and special tokens put around them
 * @param poolsPrompt whether a prompt's tokens take part in the pooling
 * @param targets ids of the programs inside
 * @param ready how to use the program if it is not ours; null if it is
 */
record BundleSpec(
    int format,
    String goldenId,
    ModelDescription model,
    int padTokenId,
    boolean framesTexts,
    boolean poolsPrompt,
    List<String> targets,
    @JsonInclude(JsonInclude.Include.NON_NULL) ReadyProgram ready) {

  /** What names a file in the cache must not lead out of it. */
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

  private static final Pattern GOLDEN_ID = Pattern.compile("[0-9a-f]{0,64}");

  BundleSpec {
    targets = List.copyOf(targets);
    if (!FINGERPRINT.matcher(model.fingerprint()).matches()
        || !GOLDEN_ID.matcher(goldenId).matches()) {
      throw new IllegalArgumentException("its fingerprint is none");
    }
  }

  BundleSpec withGolden(String id) {
    return new BundleSpec(format, id, model, padTokenId, framesTexts, poolsPrompt, targets, ready);
  }

  BundleSpec withName(String name) {
    return new BundleSpec(
        format,
        goldenId,
        model.withName(name),
        padTokenId,
        framesTexts,
        poolsPrompt,
        targets,
        ready);
  }
}
