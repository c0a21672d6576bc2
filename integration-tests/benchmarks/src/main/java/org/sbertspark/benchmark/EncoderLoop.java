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
import org.sbertspark.job.InProcess;

/** The encoder without Spark: as many windows as the job has partitions, a thread a core. */
record EncoderLoop(Path bundle, EncoderOptions options, Threads threads) {
  EncodingStats run(List<String> texts) throws Exception {
    List<Callable<EncodingStats>> parts = new ArrayList<>();
    int windows = InProcess.PARTITIONS_FOR_A_TASK * threads.count();
    for (int part = 0; part < windows; part++) {
      // Every n-th text, so that all windows have about as many tokens.
      List<String> window = new ArrayList<>();
      for (int i = part; i < texts.size(); i += windows) {
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
