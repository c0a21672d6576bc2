package org.sbertspark.inference;

/**
 * What an encoder gives for a list of texts: the arrays run parallel to it.
 *
 * @param vectors {@code [texts][dimension]}; equal texts share one array, so do not modify them
 * @param tokenCounts tokens of each text after truncation, special tokens included
 * @param truncated whether the text was longer than the maximum sequence length
 * @param stats what the call cost
 */
public record EncodedTexts(
    float[][] vectors, int[] tokenCounts, boolean[] truncated, EncodingStats stats) {}
