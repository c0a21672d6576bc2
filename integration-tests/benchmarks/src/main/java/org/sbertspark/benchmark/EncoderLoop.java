package org.sbertspark.benchmark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;

/** The encoder without Spark: the same windows as the job's, a thread a core. */
record EncoderLoop(Path bundle, EncoderOptions options, Threads threads) {

  EncodingStats run(List<String> texts) throws Exception {
    List<Callable<EncodingStats>> parts = new ArrayList<>();
    for (int part = 0; part < threads.count(); part++) {
      // Every n-th text, so that all threads have about as many tokens.
      List<String> window = new ArrayList<>();
      for (int i = part; i < texts.size(); i += threads.count()) {
        window.add(texts.get(i));
      }
      parts.add(() -> encode(window).stats());
    }
    EncodingStats sum = EncodingStats.NONE;
    for (EncodingStats stats : threads.run(parts)) {
      sum = sum.plus(stats);
    }
    return sum;
  }

  EncodedTexts encode(List<String> texts) {
    try (SentenceEncoder encoder = SharedModels.encoder(bundle, options)) {
      return encoder.encode(texts);
    }
  }
}
