package org.sbertspark.inference;

import java.util.List;
import java.util.Locale;
import org.sbertspark.torchscript.Target;

/** Which of a model's programs a machine runs. */
final class Programs {
  /** The system property that names a program, for those who know better. */
  static final String PROPERTY = "sbertspark.program";

  /** The environment variable that does the same. */
  static final String VARIABLE = "SBERT_SPARK_PROGRAM";

  private Programs() {}

  /**
   * The programs to try here, best first: all that the device knows, or the one that {@value
   * #PROPERTY} or {@value #VARIABLE} names.
   *
   * @throws IllegalArgumentException if that is none for the precision on the device
   */
  static List<Target> toTry(Precision precision, ComputeDevice device) {
    List<Target> possible =
        toTry(precision, device, System.getProperty("os.name"), CpuFeatures.here());
    String asked = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    return asked == null || asked.isBlank()
        ? possible
        : List.of(named(asked, precision, device.isGpu() ? possible : ofCpus(precision)));
  }

  private static Target named(String asked, Precision precision, List<Target> possible) {
    return possible.stream()
        .filter(target -> target.id().equals(asked.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s is \"%s\", expected for %s one of %s"
                        .formatted(
                            VARIABLE,
                            asked,
                            precision,
                            String.join(", ", possible.stream().map(Target::id).toList()))));
  }

  /** The programs to try, best first. */
  static List<Target> toTry(
      Precision precision, ComputeDevice device, String osName, CpuFeatures cpu) {
    List<Target> all = ofCpus(precision);
    return device.isGpu() || !osName.startsWith("Linux")
        ? all.subList(all.size() - 1, all.size())
        : all.stream().filter(target -> !target.isPacked() || cpu.hasAvx512()).toList();
  }

  /** Best first; the last one is that of every libtorch on every device. */
  private static List<Target> ofCpus(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> List.of(Target.PACKED, Target.FUSED, Target.PLAIN);
      case INT8 -> List.of(Target.INT8);
      case BFLOAT16 -> List.of(Target.PACKED_BFLOAT16, Target.BFLOAT16);
      case FLOAT16 -> List.of(Target.FLOAT16);
    };
  }
}
