package org.sbertspark.torchscript;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sbertspark.model.DenseActivation;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.ModuleSpec;
import org.sbertspark.model.PoolingMode;
import org.sbertspark.model.StaticEmbedding;
import org.sbertspark.model.Tensor;
import org.sbertspark.torchscript.Blocks.Dropout;
import org.sbertspark.torchscript.CompiledModel.Program;

/** Compiles a model folder: the encoder, then its modules, in one graph per {@link Target}. */
public final class ModelCompiler {
  /** That of sentence-transformers' LayerNorm module, which its folder does not say. */
  private static final double LAYER_NORM_EPS = 1e-5;

  /**
   * The mean of the rows of each text, summed without a copy of them: texts of a static model have
   * any length.
   */
  private static final String MEAN_OF_ROWS =
      """
        def forward(self: __torch__.StaticEmbedding, ids: Tensor, lengths: Tensor, begins: Tensor, kept: Tensor, skipped: Tensor) -> Tensor:
          sum, _0, _1, _2, = torch.embedding_bag(self.words, ids, begins, False, 0, False, torch.to(kept, 6), False)
          count = torch.unsqueeze(torch.to(torch.sub(lengths, skipped), 6), 1)
          return torch.div(sum, torch.clamp(count, 1.0E-9, None))
      """;

  private ModelCompiler() {}

  /**
   * Reads no weights yet: they are streamed when the tensors are written.
   *
   * @throws org.sbertspark.model.ModelException if the weights do not fit the configuration
   */
  public static CompiledModel compile(ModelFolder model) {
    Function<Blocks, ScriptModule> encoder = encoder(model);
    List<Optional<ModuleTensors>> tensors =
        model.modules().stream().map(ModelCompiler::tensors).toList();
    ModuleTreeWriter writer = new ModuleTreeWriter();
    Map<Target, Program> programs = new EnumMap<>(Target.class);
    for (Target target : Target.values()) {
      programs.put(target, writer.write(root(model, new Blocks(target), encoder, tensors)));
    }
    return new CompiledModel(writer.tensors(), programs);
  }

  /**
   * The plain program, with the configuration's dropout, for training. Reads no weights yet.
   *
   * @throws org.sbertspark.model.ModelException if the weights do not fit the configuration
   */
  public static TrainingProgram compileForTraining(ModelFolder model) {
    Dropout dropout =
        model.encoder() instanceof EncoderConfig config
            ? new Dropout(config.hiddenDropout(), config.attentionDropout())
            : Dropout.NONE;
    ScriptModule root =
        root(
            model,
            new Blocks(Target.PLAIN, dropout),
            encoder(model),
            model.modules().stream().map(ModelCompiler::tensors).toList());
    ModuleTreeWriter writer = new ModuleTreeWriter();
    Program program = writer.write(root);
    return new TrainingProgram(
        new CompiledModel(writer.tensors(), Map.of(Target.PLAIN, program)), root.paths());
  }

  private static ScriptModule root(
      ModelFolder model,
      Blocks blocks,
      Function<Blocks, ScriptModule> encoder,
      List<Optional<ModuleTensors>> tensors) {
    ScriptModule root =
        new ScriptModule("SentenceEncoder", forward(model))
            .submodule(TrainingProgram.ENCODER, encoder.apply(blocks));
    if (model.encoder() instanceof EncoderConfig && !poolsFirstTokens(model)) {
      root.submodule("pooling", pooling(((ModuleSpec.Pooling) model.modules().get(0)).modes()));
    }
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).isPresent()) {
        root.submodule(
            TrainingProgram.MODULE + i, tail(blocks, model.modules().get(i), tensors.get(i).get()));
      }
    }
    return root;
  }

  /** Gathers the encoder's tensors once, for all targets. */
  private static Function<Blocks, ScriptModule> encoder(ModelFolder model) {
    if (model.encoder() instanceof StaticEmbedding table) {
      ArchiveTensor words =
          ArchiveTensor.of(
              model
                  .weights()
                  .get(table.tensor())
                  .requireShape(table.vocabSize(), table.hiddenSize()));
      return blocks -> new ScriptModule("StaticEmbedding", MEAN_OF_ROWS).parameter("words", words);
    }
    return new EncoderCompiler(
            (EncoderConfig) model.encoder(), model.weights(), poolsFirstTokens(model))
        ::build;
  }

  /** Whether the last layer's hidden states are wanted of no token but the first of each text. */
  private static boolean poolsFirstTokens(ModelFolder model) {
    return model.encoder() instanceof EncoderConfig config
        && !config.family().sharedLayer()
        && model.modules().get(0) instanceof ModuleSpec.Pooling pooling
        && pooling.modes().equals(List.of(PoolingMode.CLS));
  }

  /** Weight and bias of a module behind the encoder. */
  private record ModuleTensors(ArchiveTensor weight, ArchiveTensor bias) {}

  private static Optional<ModuleTensors> tensors(ModuleSpec module) {
    if (module instanceof ModuleSpec.Dense dense) {
      int outputs = dense.outputDimension();
      Tensor weight =
          dense.weights().get("linear.weight").requireShape(outputs, dense.inputDimension());
      Tensor bias =
          dense.bias()
              ? dense.weights().get("linear.bias").requireShape(outputs)
              : Tensor.zeros("linear.bias", outputs);
      return Optional.of(new ModuleTensors(ArchiveTensor.of(weight), ArchiveTensor.of(bias)));
    }
    if (module instanceof ModuleSpec.LayerNorm norm) {
      return Optional.of(
          new ModuleTensors(
              ArchiveTensor.of(norm.weights().get("norm.weight").requireShape(norm.dimension())),
              ArchiveTensor.of(norm.weights().get("norm.bias").requireShape(norm.dimension()))));
    }
    return Optional.empty();
  }

  private static ScriptModule tail(Blocks blocks, ModuleSpec module, ModuleTensors tensors) {
    return module instanceof ModuleSpec.LayerNorm
        ? blocks.layerNorm(tensors.weight, tensors.bias, LAYER_NORM_EPS)
        : blocks.exactLinear(tensors.weight, tensors.bias);
  }

  private static String forward(ModelFolder model) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
          def forward(self: __torch__.SentenceEncoder, ids: Tensor, lengths: Tensor, skipped: Tensor) -> Tensor:
            begins = torch.sub(torch.cumsum(lengths, 0), lengths)
            place = torch.sub(torch.arange(torch.size(ids, 0), dtype=4, device=ids.device), torch.repeat_interleave(begins, lengths))
        """);
    if (model.encoder() instanceof StaticEmbedding) {
      // Its first module is its mean, which it has computed already.
      text.append(
          "    x = (self.encoder).forward(ids, lengths, begins, torch.ge(place, skipped), skipped)\n");
    } else {
      text.append(
          """
              same, _0, run, = torch.unique_consecutive(lengths, False, True, None)
              runs = annotate(List[List[int]], torch.stack([same, run, torch.mul(same, run)], 0).tolist())
              widths = runs[0]
              rows = runs[1]
              sizes = runs[2]
              x = (self.encoder).forward(ids, place, rows, widths, sizes)
          """);
      text.append(
          poolsFirstTokens(model)
              ? ""
              : "    x = (self.pooling).forward(x, rows, widths, sizes, skipped)\n");
    }
    List<ModuleSpec> modules = model.modules();
    for (int i = 1; i < modules.size(); i++) {
      text.append("    x = ").append(expression(modules.get(i), i)).append('\n');
    }
    return text.append("    return x\n").toString();
  }

  private static String expression(ModuleSpec module, int place) {
    if (module instanceof ModuleSpec.Normalize) {
      return "torch.div(x, torch.clamp(torch.norm(x, 2, [1], True), 1.0E-12, None))";
    }
    String applied = "(self.module_" + place + ").forward(x)";
    return module instanceof ModuleSpec.Dense dense
        ? activation(dense.activation(), applied)
        : applied;
  }

  private static String activation(DenseActivation activation, String x) {
    return switch (activation) {
      case IDENTITY -> x;
      case TANH -> "torch.tanh(%s)".formatted(x);
      case RELU -> "torch.relu(%s)".formatted(x);
      case RELU6 -> "torch.clamp(%s, 0., 6.)".formatted(x);
      case LEAKY_RELU -> "torch.leaky_relu(%s, 0.01)".formatted(x);
      case ELU -> "torch.elu(%s)".formatted(x);
      case SELU -> "torch.selu(%s)".formatted(x);
      case CELU -> "torch.celu(%s)".formatted(x);
      case GELU -> "torch.gelu(%s)".formatted(x);
      case SILU -> "torch.silu(%s)".formatted(x);
      case MISH -> "torch.mish(%s)".formatted(x);
      case SIGMOID -> "torch.sigmoid(%s)".formatted(x);
      case LOG_SIGMOID -> "torch.log_sigmoid(%s)".formatted(x);
      case HARD_SIGMOID -> "torch.hardsigmoid(%s)".formatted(x);
      case HARD_SWISH -> "torch.hardswish(%s)".formatted(x);
      case HARD_TANH -> "torch.clamp(%s, -1., 1.)".formatted(x);
      case SOFTPLUS -> "torch.softplus(%s)".formatted(x);
      case SOFTSIGN -> "torch.div(%1$s, torch.add(torch.abs(%1$s), 1))".formatted(x);
      case TANHSHRINK -> "torch.sub(%1$s, torch.tanh(%1$s))".formatted(x);
    };
  }

  /** The vectors of texts from those of their tokens, run by run. */
  private static ScriptModule pooling(List<PoolingMode> modes) {
    String pooled = modes.stream().map(ModelCompiler::pooling).collect(Collectors.joining(", "));
    String forward =
        """
          def forward(self: __torch__.Pooling, h: Tensor, rows: List[int], widths: List[int], sizes: List[int], skipped: Tensor) -> Tensor:
            all = torch.split_with_sizes(h, sizes, 0)
            pooled = annotate(List[Tensor], [])
            for i in range(torch.len(sizes)):
              run = torch.view(all[i], [rows[i], widths[i], torch.size(h, 1)])
              place = torch.reshape(torch.arange(widths[i], dtype=4, device=h.device), [1, widths[i], 1])
              kept = torch.ge(place, skipped)
              real = torch.to(kept, 6)
              _0 = torch.append(pooled, %s)
            return torch.cat(pooled, 0)
        """
            .formatted(modes.size() == 1 ? pooled : "torch.cat([" + pooled + "], 1)");
    return new ScriptModule("Pooling", forward);
  }

  /**
   * As sentence-transformers defines them; {@code run: [rows, width, hidden]}, {@code kept} and
   * {@code real} (0 or 1): {@code [1, width, 1]}. Without tokens, sums and tokens are 0, maxima
   * those of masked tokens.
   */
  private static String pooling(PoolingMode mode) {
    String sum = "torch.sum(torch.mul(run, real), [1])";
    String count = "torch.clamp(torch.sum(real, [1]), 1.0E-9, None)";
    return switch (mode) {
      case CLS -> "torch.sum(torch.slice(run, 1, 0, 1), [1])";
      case MAX ->
          "torch.amax(torch.masked_fill(run, torch.bitwise_not(kept), -1.0E9), [1], False)"
              + " if torch.gt(widths[i], 0) else"
              + " torch.full([rows[i], torch.size(h, 1)], -1.0E9, dtype=6, device=h.device)";
      case MEAN -> "torch.div(%s, %s)".formatted(sum, count);
      case MEAN_SQRT_LEN -> "torch.div(%s, torch.sqrt(%s))".formatted(sum, count);
      case WEIGHTED_MEAN -> {
        String weights = "torch.mul(real, torch.to(torch.add(place, 1), 6))";
        yield "torch.div(torch.sum(torch.mul(run, %s), [1]), torch.clamp(torch.sum(%s, [1]), 1.0E-9, None))"
            .formatted(weights, weights);
      }
      case LAST_TOKEN -> "torch.sum(torch.slice(run, 1, -1), [1])";
    };
  }
}
