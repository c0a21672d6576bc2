package org.sbertspark.torchscript;

import org.sbertspark.model.Activation;

/**
 * The building blocks that all encoders share, as program text for one target. Only the linear maps
 * differ between targets; everything above them is written once.
 */
final class Blocks {
  private static final String NO_SCALARS = "annotate(List[Optional[number]], [])";

  /**
   * The numbers of {@code torch.float32}, {@code torch.bfloat16} and {@code torch.float16} in
   * program texts; no ints, which would be formatted as the machine's language does.
   */
  private static final String FLOAT32 = "6";

  private static final String BFLOAT16 = "15";
  private static final String FLOAT16 = "5";

  /**
   * Packs weights for {@code quantized.linear_dynamic}: a scale for each output, no zero points.
   *
   * <p>Weights use 7 of the 8 bits, so that activations can use all 8: without VNNI instructions
   * the kernels add two products of an unsigned activation and a weight in 16 bits, and 2 x 255 x
   * 63 fits. The usual alternative (8 bits for weights, 7 for activations) is the worse one,
   * because all activations of a batch share a range that a few outliers decide.
   */
  private static final String PACK =
      """
          weight, bias, = state
          largest = torch.clamp(torch.amax(torch.abs(weight), [1], False), 1.0E-7, None)
          scales = torch.to(torch.div(largest, 63.), 7)
          quantised = torch.quantize_per_channel(weight, scales, torch.zeros_like(scales, dtype=4), 0, 12)
          self.packed = ops.quantized.linear_prepack(quantised, bias)
      """;

  private static final String UNPACK =
      """
          weight, bias, = ops.quantized.linear_unpack(self.packed)
          return (torch.dequantize(weight), unchecked_cast(Tensor, bias))
      """;

  private static final String ROUND =
      """
          weight, bias, = state
          self.weight = %2$s
          self.bias = torch.to(bias, %1$s)
      """;

  private static final String WIDEN =
      """
          return (torch.to(%s, 6), torch.to(self.bias, 6))
      """;

  private final Target target;
  private final Dropout dropout;

  /** For inference: nothing is dropped. */
  Blocks(Target target) {
    this(target, Dropout.NONE);
  }

  Blocks(Target target, Dropout dropout) {
    this.target = target;
    this.dropout = dropout;
  }

  /**
   * Probabilities with which a program drops, while it trains.
   *
   * @param hidden components of hidden states
   * @param attention tokens of an attention
   */
  record Dropout(double hidden, double attention) {
    static final Dropout NONE = new Dropout(0, 0);
  }

  /** The hidden state x, of which training drops some components. */
  String dropped(String x) {
    return dropout.hidden == 0
        ? x
        : "torch.dropout(%s, %s, self.training)".formatted(x, number(dropout.hidden));
  }

  /** Statements that give {@code dropped} the probability of an attention's dropout. */
  String attentionDropout() {
    return dropout.attention == 0
        ? ""
        : """
              if self.training:
                dropped = %s
              else:
                dropped = 0.
          """
            .formatted(number(dropout.attention));
  }

  /** The attention's dropout after {@link #attentionDropout()}. */
  String attentionProbability() {
    return dropout.attention == 0 ? "0." : "dropped";
  }

  /** y = x W' + b, in float32 whatever the target's precision is: for maps that cost little. */
  ScriptModule exactLinear(ArchiveTensor weight, ArchiveTensor bias) {
    return switch (target) {
      case FUSED, PACKED -> linear(weight, bias);
      case PLAIN, INT8, BFLOAT16, PACKED_BFLOAT16, FLOAT16 ->
          new Blocks(Target.PLAIN).linear(weight, bias);
    };
  }

  /** y = x W' + b. */
  ScriptModule linear(ArchiveTensor weight, ArchiveTensor bias) {
    return affine("Linear", weight, bias, "x: Tensor", product());
  }

  /** y = f(x W' + b). */
  ScriptModule linear(ArchiveTensor weight, ArchiveTensor bias, Activation activation) {
    String result =
        switch (target) {
          case FUSED, PACKED, PACKED_BFLOAT16 ->
              switch (activation) {
                case GELU -> fused("gelu", "none");
                case GELU_TANH -> fused("gelu", "tanh");
                case RELU -> fused("relu", "");
                case SILU -> fused("swish", "");
              };
          case PLAIN, INT8, BFLOAT16, FLOAT16 -> apply(activation, product());
        };
    return affine("LinearActivation", weight, bias, "x: Tensor", result);
  }

  /** y = dropped(x W' + b) + residual, in float32. */
  ScriptModule droppedLinearResidual(ArchiveTensor weight, ArchiveTensor bias) {
    return dropout.hidden == 0
        ? linearResidual(weight, bias)
        : affine(
            "DroppedLinearResidual",
            weight,
            bias,
            "x: Tensor, residual: Tensor",
            "torch.add(%s, residual)".formatted(dropped(product())));
  }

  /** y = x W' + b + residual, in float32. */
  ScriptModule linearResidual(ArchiveTensor weight, ArchiveTensor bias) {
    String result =
        switch (target) {
          case FUSED, PACKED ->
              "ops.mkldnn._linear_pointwise(x, residual, self.weight, self.bias, \"add\")";
          case PLAIN, INT8, BFLOAT16, PACKED_BFLOAT16, FLOAT16 ->
              "torch.add(%s, residual)".formatted(product());
        };
    return affine("LinearResidual", weight, bias, "x: Tensor, residual: Tensor", result);
  }

  /** Over the last dimension. */
  ScriptModule layerNorm(ArchiveTensor weight, ArchiveTensor bias, double eps) {
    // A class for each epsilon: the number stands in the class's text.
    String className = "LayerNorm_" + number(eps).replaceAll("[^0-9A-Za-z]", "_");
    return parameters(
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

  /** A float32 attention bias in the type of queries and keys, which {@link #linear} gives. */
  String attentionBias(String bias) {
    return switch (target) {
      case PLAIN, FUSED, PACKED, INT8 -> bias;
      case BFLOAT16, PACKED_BFLOAT16 -> to(bias, BFLOAT16);
      case FLOAT16 -> to(bias, FLOAT16);
    };
  }

  private static String to(String x, String type) {
    return "torch.to(%s, %s)".formatted(x, type);
  }

  private static String apply(Activation activation, String x) {
    return switch (activation) {
      case GELU -> "torch.gelu(%s)".formatted(x);
      case GELU_TANH -> "torch.gelu(%s, approximate=\"tanh\")".formatted(x);
      case RELU -> "torch.relu(%s)".formatted(x);
      case SILU -> "torch.silu(%s)".formatted(x);
    };
  }

  /** oneDNN's product with this operation on its result. */
  private String fused(String operation, String algorithm) {
    return "ops.mkldnn._linear_pointwise(%s, self.weight, self.bias, \"%s\", %s, \"%s\")"
        .formatted(
            target == Target.PACKED_BFLOAT16 ? to("x", BFLOAT16) : "x",
            operation,
            NO_SCALARS,
            algorithm);
  }

  /** x W' + b by the target's kernel for nothing but that. */
  private String product() {
    return switch (target) {
      case PLAIN -> "torch.linear(x, self.weight, self.bias)";
      case FUSED, PACKED, PACKED_BFLOAT16 -> fused("none", "");
      case INT8 -> "ops.quantized.linear_dynamic(x, self.packed, False)";
      case BFLOAT16 -> narrowProduct(BFLOAT16);
      case FLOAT16 -> narrowProduct(FLOAT16);
    };
  }

  private static String narrowProduct(String type) {
    return "torch.linear(%s, self.weight, self.bias)".formatted(to("x", type));
  }

  private ScriptModule affine(
      String name, ArchiveTensor weight, ArchiveTensor bias, String parameters, String result) {
    return switch (target) {
      case PLAIN, FUSED -> parameters(name, weight, bias, forward(name, parameters, result));
      case INT8 -> {
        String className = "Int8" + name;
        yield new ScriptModule(
                className, forward(className, parameters, result) + state(className, PACK, UNPACK))
            .made("packed", "__torch__.torch.classes.quantized.LinearPackedParamsBase")
            .state(weight, bias);
      }
      case PACKED -> converted("Packed" + name, weight, bias, parameters, result, FLOAT32);
      case BFLOAT16 -> converted("Bfloat16" + name, weight, bias, parameters, result, BFLOAT16);
      case PACKED_BFLOAT16 ->
          converted("PackedBfloat16" + name, weight, bias, parameters, result, BFLOAT16);
      case FLOAT16 -> converted("Float16" + name, weight, bias, parameters, result, FLOAT16);
    };
  }

  /** Weights that are rounded to a type, and packed if the target is, when they are loaded. */
  private ScriptModule converted(
      String className,
      ArchiveTensor weight,
      ArchiveTensor bias,
      String parameters,
      String result,
      String type) {
    String rounded = to("weight", type);
    String held =
        target.isPacked()
            ? "ops.mkldnn._reorder_linear_weight(%s, None)".formatted(rounded)
            : rounded;
    String set = ROUND.formatted(type, held);
    String get = WIDEN.formatted(target.isPacked() ? "torch.to_dense(self.weight)" : "self.weight");
    return new ScriptModule(
            className, forward(className, parameters, result) + state(className, set, get))
        .made("weight", "Tensor")
        .made("bias", "Tensor")
        .state(weight, bias);
  }

  private static ScriptModule parameters(
      String className, ArchiveTensor weight, ArchiveTensor bias, String methods) {
    return new ScriptModule(className, methods).parameter("weight", weight).parameter("bias", bias);
  }

  /**
   * How libtorch loads and saves an object that is no dict of attributes; it takes only both.
   *
   * @param set makes attributes of {@code state}: weight and bias
   * @param get returns such a state
   */
  private static String state(String className, String set, String get) {
    return """
      def __setstate__(self: __torch__.%1$s, state: Tuple[Tensor, Tensor]) -> NoneType:
    %2$s    self.training = False
        self._is_full_backward_hook = None
        return None
      def __getstate__(self: __torch__.%1$s) -> Tuple[Tensor, Tensor]:
    %3$s"""
        .formatted(className, set, get);
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
