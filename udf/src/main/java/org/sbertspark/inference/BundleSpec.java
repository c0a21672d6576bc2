package org.sbertspark.inference;

import java.util.List;
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
 */
record BundleSpec(
    int format,
    String goldenId,
    ModelDescription model,
    int padTokenId,
    boolean framesTexts,
    boolean poolsPrompt,
    List<String> targets) {

  BundleSpec withGolden(String id) {
    return new BundleSpec(format, id, model, padTokenId, framesTexts, poolsPrompt, targets);
  }
}
