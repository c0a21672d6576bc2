package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;

/**
 * One batch of texts of one length through two layers of RoBERTa-base's shape on one thread: what
 * shapes and precisions cost. About a thousand tokens of equal texts in all.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ForwardBenchmark {
  private static final int WORDS = 18;

  @Param({"float32", "int8"})
  private String precision;

  @Param({"128", "256", "512", "1024"})
  private int tokenBudget;

  private SentenceEncoder encoder;
  private List<String> texts;

  @Setup
  public void open() throws IOException {
    Path folder = Path.of("target", "benchmark", "roberta-base-shaped-2");
    SyntheticModel.base(2).write(folder, Texts.read(null, 2000));
    Path bundle = ModelBundle.of(folder).file();
    EncoderOptions options =
        new EncoderOptions(WORDS + 2, tokenBudget, 1).withPrecision(Precision.of(precision));
    encoder = SharedModels.encoder(bundle, options);
    texts =
        IntStream.range(0, 1024 / (WORDS + 2))
            .mapToObj(i -> String.join(" ", Collections.nCopies(WORDS, "text")) + i)
            .toList();
  }

  /** A thousand tokens, in batches of the budget. */
  @Benchmark
  public EncodedTexts thousandTokens() {
    return encoder.encode(texts);
  }

  @TearDown
  public void close() {
    encoder.close();
  }
}
