package org.sbertspark.benchmark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The product of {@link Yardstick} as ONNX Runtime computes it, the right matrix rearranged
 * beforehand as weights are. Libraries differ in the instructions that they use on a CPU.
 */
final class OnnxProduct implements AutoCloseable {
  private final OrtSession session;
  private final OnnxTensor left;

  /**
   * @param file where the model is written
   */
  OnnxProduct(Path file, int threads) throws IOException, OrtException {
    Random random = new Random(1);
    try (OnnxGraph graph = new OnnxGraph(file)) {
      graph.input("left", OnnxGraph.FLOAT, "rows", "inner");
      graph.tensor(
          "right",
          normal(random, Yardstick.INNER * Yardstick.COLUMNS),
          Yardstick.INNER,
          Yardstick.COLUMNS);
      graph.node("MatMul", List.of("left", "right"), "product");
      graph.output("product", OnnxGraph.FLOAT, "rows", "columns");
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      // Threads that wait would compete with what is measured next.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session = environment.createSession(file.toString(), options);
    }
    left =
        OnnxTensor.createTensor(
            environment,
            FloatBuffer.wrap(normal(random, Yardstick.ROWS * Yardstick.INNER)),
            new long[] {Yardstick.ROWS, Yardstick.INNER});
  }

  private static float[] normal(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** GFLOP/s, as {@link Yardstick} measures them. */
  double gigaflops() throws OrtException {
    return Yardstick.gigaflops(() -> session.run(Map.of("left", left)).close());
  }

  @Override
  public void close() throws OrtException {
    left.close();
    session.close();
  }
}
