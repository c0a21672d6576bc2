package org.sbertspark.inference;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.TextCanonicalizer;
import org.sbertspark.model.TokenizerRules;

/** Texts to token ids, as the reference does it. Thread-safe: the tokenizer below never changes. */
final class TextTokenizer implements AutoCloseable {
  /**
   * How the library is opened. Truncation is ours: it is part of the request, the tokenizer's
   * setting is for all threads.
   */
  static final Map<String, String> AS_IT_IS = Map.of("truncation", "false", "padding", "false");

  /** More than words have, so that the first cut is nearly always the last. */
  private static final long CHARACTERS_PER_TOKEN = 16;

  private static final int LONGER = 8;

  private final HuggingFaceTokenizer tokenizer;
  private final boolean lowerCase;
  private final boolean framesTexts;

  /** Special tokens that the model puts behind the text; truncation keeps them. */
  private final int closingTokens;

  private final int specialTokens;

  private final boolean cutsTexts;

  /**
   * @param framesTexts whether texts are stripped and special tokens put around them
   */
  TextTokenizer(byte[] tokenizerJson, boolean lowerCase, boolean framesTexts) {
    this.lowerCase = lowerCase;
    this.framesTexts = framesTexts;
    JsonNode checked = TokenizerRules.parse(tokenizerJson, "the tokenizer");
    HuggingFaceTokenizer opened = null;
    try {
      AddedTokensCheck.check(checked);
      this.cutsTexts = TextCut.isSafe(checked);
      opened = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(tokenizerJson), AS_IT_IS);
      this.closingTokens = closingTokens(opened.encode("a", framesTexts, false));
      this.specialTokens = opened.encode("", framesTexts, false).getIds().length;
      this.tokenizer = opened;
    } catch (ModelException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (opened != null) {
        opened.close();
      }
      throw new ModelException("Cannot load the tokenizer: " + EncodingException.reason(e), e);
    }
  }

  private static int closingTokens(Encoding encoding) {
    long[] special = encoding.getSpecialTokenMask();
    int closing = 0;
    while (closing < special.length && special[special.length - 1 - closing] == 1) {
      closing++;
    }
    return closing;
  }

  static TextTokenizer of(byte[] tokenizerJson, BundleSpec spec) {
    return new TextTokenizer(tokenizerJson, spec.model().doLowerCase(), spec.framesTexts());
  }

  /** The text as the tokenizer sees it; equal ones have equal vectors. */
  String canonical(String text) {
    return framesTexts ? TextCanonicalizer.canonical(text, lowerCase) : text;
  }

  /** All ids of a canonical text with the model's special tokens, not truncated. */
  long[] ids(String canonical) {
    long handle = tokenizer.getHandle();
    // The library's own calls: DJL's Encoding would fetch seven more arrays for each text.
    long encoding = TokenizersLibrary.LIB.encode(handle, canonical, framesTexts);
    try {
      return TokenizersLibrary.LIB.getTokenIds(encoding);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /**
   * The ids of a canonical text that {@link #truncate} needs: all if they are at most {@code max},
   * else more than {@code max}, and truncated to it the same as all. A text of megabytes would take
   * seconds and a gigabyte, for ids that nobody keeps.
   */
  long[] ids(String canonical, int max) {
    if (cutsTexts) {
      for (long limit = max * CHARACTERS_PER_TOKEN; limit < canonical.length(); limit *= LONGER) {
        int cut = TextCut.before(canonical, (int) limit);
        long[] ids = cut == 0 ? new long[0] : ids(canonical.substring(0, cut));
        if (ids.length > max) {
          return ids;
        }
      }
    }
    return ids(canonical);
  }

  /**
   * At most {@code max} ids: cut on the right, the closing special tokens kept.
   *
   * @return the same array if nothing is cut
   */
  long[] truncate(long[] ids, int max) {
    if (ids.length <= max) {
      return ids;
    }
    long[] cut = new long[max];
    System.arraycopy(ids, 0, cut, 0, max - closingTokens);
    System.arraycopy(ids, ids.length - closingTokens, cut, max - closingTokens, closingTokens);
    return cut;
  }

  /** Tokens of a prompt alone, less its closing special ones. */
  int openingTokens(String prompt) {
    return ids(canonical(prompt)).length - closingTokens;
  }

  /** Special tokens that the model puts around every text. */
  int specialTokens() {
    return specialTokens;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
