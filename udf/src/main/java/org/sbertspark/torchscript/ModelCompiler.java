package org.sbertspark.torchscript;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.ModuleSpec;
import org.sbertspark.model.PoolingMode;
import org.sbertspark.torchscript.CompiledModel.Program;

/** Compiles a model folder: the encoder, then its modules, in one graph per {@link Target}. */
public final class ModelCompiler {
  private ModelCompiler() {}

  /**
   * Reads no weights yet: they are streamed when the tensors are written.
   *
   * @throws org.sbertspark.model.ModelException if the weights do not fit the configuration
   */
  public static CompiledModel compile(ModelFolder model) {
    EncoderCompiler encoder = new EncoderCompiler(model.encoder(), model.weights());
    ModuleTreeWriter writer = new ModuleTreeWriter();
    Map<Target, Program> programs = new EnumMap<>(Target.class);
    for (Target target : Target.values()) {
      ScriptModule root =
          new ScriptModule("SentenceEncoder", forward(model.modules()))
              .submodule("encoder", encoder.build(new Blocks(target)));
      programs.put(target, writer.write(root));
    }
    return new CompiledModel(writer.tensors(), programs);
  }

  private static String forward(List<ModuleSpec> modules) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
          def forward(self: __torch__.SentenceEncoder, ids: Tensor, lengths: Tensor) -> Tensor:
            place = torch.arange(torch.size(ids, 1), dtype=4, device=ids.device)
            mask = torch.lt(torch.unsqueeze(place, 0), torch.unsqueeze(lengths, 1))
            h = (self.encoder).forward(ids, mask)
            real = torch.unsqueeze(torch.to(mask, 6), 2)
        """);
    for (ModuleSpec module : modules) {
      String result;
      if (module instanceof ModuleSpec.Pooling pooling) {
        result = pooling(pooling.modes());
      } else if (module instanceof ModuleSpec.Normalize) {
        result = "torch.div(x, torch.clamp(torch.norm(x, 2, [1], True), 1.0E-12, None))";
      } else {
        throw new IllegalStateException("No program for " + module);
      }
      text.append("    x = ").append(result).append('\n');
    }
    return text.append("    return x\n").toString();
  }

  private static String pooling(List<PoolingMode> modes) {
    if (modes.size() == 1) {
      return pooling(modes.get(0));
    }
    return modes.stream()
        .map(ModelCompiler::pooling)
        .collect(Collectors.joining(", ", "torch.cat([", "], 1)"));
  }

  /**
   * As sentence-transformers defines them; {@code h: [batch, tokens, hidden]}, {@code real: 0 or
   * 1}.
   */
  private static String pooling(PoolingMode mode) {
    String sum = "torch.sum(torch.mul(h, real), [1])";
    String count = "torch.clamp(torch.sum(real, [1]), 1.0E-9, None)";
    return switch (mode) {
      case CLS -> "torch.select(h, 1, 0)";
      case MAX ->
          "torch.amax(torch.masked_fill(h, torch.bitwise_not(torch.unsqueeze(mask, 2)), -1.0E9), [1],"
              + " False)";
      case MEAN -> "torch.div(%s, %s)".formatted(sum, count);
      case MEAN_SQRT_LEN -> "torch.div(%s, torch.sqrt(%s))".formatted(sum, count);
      case WEIGHTED_MEAN -> {
        String weights =
            "torch.mul(real, torch.unsqueeze(torch.unsqueeze(torch.to(torch.add(place, 1), 6), 0),"
                + " 2))";
        yield "torch.div(torch.sum(torch.mul(h, %s), [1]), torch.clamp(torch.sum(%s, [1]), 1.0E-9, None))"
            .formatted(weights, weights);
      }
      case LAST_TOKEN ->
          "torch.squeeze(torch.gather(h, 1, torch.expand(torch.unsqueeze(torch.unsqueeze(torch.sub("
              + "lengths, 1), 1), 2), [-1, -1, torch.size(h, 2)])), 1)";
    };
  }
}
