package org.sbertspark.job.demo;

/** What the README of the demo model says. */
final class DemoCard {
  static final String TEXT =
      """
      ---
      library_name: sentence-transformers
      pipeline_tag: sentence-similarity
      language: en
      license: apache-2.0
      tags:
      - sentence-transformers
      - sentence-similarity
      ---

      # The demo model of sbert-spark

      A sentence-transformers model of the RoBERTa architecture: 768 dimensions, mean pooling,
      normalised, at most 128 tokens.

      It is made to show the machinery, not to understand language. A program of sbert-spark
      (`DemoModel`) learns it in seconds from some hundred short English sample texts: a byte-level
      BPE vocabulary, and for each token a vector from the texts in which it stands (latent semantic
      analysis, frequent tokens weigh less). The one layer passes these vectors through, so the
      vector of a text is the weighted mean of its words: word order, negation and context make no
      difference, and words that the sample texts do not contain mean little.

      For real work give `--model` a model trained on real text.
      """;

  private DemoCard() {}
}
