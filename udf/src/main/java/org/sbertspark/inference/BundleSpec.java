package org.sbertspark.inference;

import java.util.List;
import java.util.Map;

/**
 * What a bundle says of itself ({@code bundle.json}).
 *
 * @param format version of the bundle's layout and of the compiled programs
 * @param fingerprint 64 hexadecimal digits over everything in the model folder that decides the
 *     vectors
 * @param name the model folder's name, for messages
 * @param maxSeqLength tokens a text may have, special tokens included
 * @param positionCapacity the longest sequence that the position table allows
 * @param framesTexts whether texts are stripped and special tokens put around them
 * @param poolsPrompt whether a prompt's tokens take part in the pooling
 * @param prompts prompts of the model by name
 * @param defaultPromptName which of them is used if none is asked for; null: none
 * @param parameters number of weights
 * @param targets ids of the programs inside
 */
record BundleSpec(
    int format,
    String fingerprint,
    String name,
    String modelType,
    int dimension,
    int maxSeqLength,
    int positionCapacity,
    boolean doLowerCase,
    int padTokenId,
    boolean framesTexts,
    boolean poolsPrompt,
    Map<String, String> prompts,
    String defaultPromptName,
    long parameters,
    List<String> targets) {}
