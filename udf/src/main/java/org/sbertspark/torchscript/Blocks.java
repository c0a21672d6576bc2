package org.sbertspark.torchscript;

import org.sbertspark.model.Activation;

/**
 * The building blocks that all encoders share, as program text for one target. Only the linear maps
 * differ between targets; everything above them is written once.
 */
final class Blocks {
  private static final String NO_SCALARS = "annotate(List[Optional[number]], [])";

  private final Target target;

  Blocks(Target target) {
    this.target = target;
  }

  /** y = x W' + b. */
  ScriptModule linear(ArchiveTensor weight, ArchiveTensor bias) {
    String result =
        switch (target) {
          case PLAIN -> "torch.linear(x, self.weight, self.bias)";
          case FUSED -> fused("none", NO_SCALARS, "");
        };
    return affine("Linear", weight, bias, forward("Linear", "x: Tensor", result));
  }

  /** y = f(x W' + b). */
  ScriptModule linear(ArchiveTensor weight, ArchiveTensor bias, Activation activation) {
    String plain = apply(activation, "torch.linear(x, self.weight, self.bias)");
    String result =
        switch (target) {
          case PLAIN -> plain;
          case FUSED ->
              switch (activation) {
                case GELU -> fused("gelu", NO_SCALARS, "none");
                case GELU_TANH -> fused("gelu", NO_SCALARS, "tanh");
                case RELU -> fused("relu", NO_SCALARS, "");
                case SILU -> fused("swish", NO_SCALARS, "");
              };
        };
    return affine(
        "LinearActivation", weight, bias, forward("LinearActivation", "x: Tensor", result));
  }

  /** y = x W' + b + residual. */
  ScriptModule linearResidual(ArchiveTensor weight, ArchiveTensor bias) {
    String result =
        switch (target) {
          case PLAIN -> "torch.add(torch.linear(x, self.weight, self.bias), residual)";
          case FUSED ->
              "ops.mkldnn._linear_pointwise(x, residual, self.weight, self.bias, \"add\")";
        };
    return affine(
        "LinearResidual",
        weight,
        bias,
        forward("LinearResidual", "x: Tensor, residual: Tensor", result));
  }

  /** Over the last dimension. */
  ScriptModule layerNorm(ArchiveTensor weight, ArchiveTensor bias, double eps) {
    // A class for each epsilon: the number stands in the class's text.
    String className = "LayerNorm_" + number(eps).replaceAll("[^0-9A-Za-z]", "_");
    return affine(
        className,
        weight,
        bias,
        forward(
            className,
            "x: Tensor",
            "torch.layer_norm(x, [torch.size(self.weight, 0)], self.weight, self.bias, %s)"
                .formatted(number(eps))));
  }

  /** Rows of a table by id. */
  ScriptModule embedding(ArchiveTensor table) {
    return new ScriptModule(
            "Embedding", forward("Embedding", "ids: Tensor", "torch.embedding(self.weight, ids)"))
        .parameter("weight", table);
  }

  private static String apply(Activation activation, String x) {
    return switch (activation) {
      case GELU -> "torch.gelu(%s)".formatted(x);
      case GELU_TANH -> "torch.gelu(%s, approximate=\"tanh\")".formatted(x);
      case RELU -> "torch.relu(%s)".formatted(x);
      case SILU -> "torch.silu(%s)".formatted(x);
    };
  }

  private static String fused(String operation, String scalars, String algorithm) {
    return "ops.mkldnn._linear_pointwise(x, self.weight, self.bias, \"%s\", %s, \"%s\")"
        .formatted(operation, scalars, algorithm);
  }

  private static ScriptModule affine(
      String className, ArchiveTensor weight, ArchiveTensor bias, String methods) {
    return new ScriptModule(className, methods).parameter("weight", weight).parameter("bias", bias);
  }

  /** A method of one expression. */
  static String forward(String className, String parameters, String result) {
    return """
      def forward(self: __torch__.%s, %s) -> Tensor:
        return %s
    """
        .formatted(className, parameters, result);
  }

  /** A double as TorchScript reads it: always with a point or an exponent. */
  static String number(double value) {
    return Double.toString(value);
  }
}
