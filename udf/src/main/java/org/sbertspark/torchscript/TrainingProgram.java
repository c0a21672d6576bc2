package org.sbertspark.torchscript;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model compiled for training.
 *
 * @param compiled its only program drops as the configuration says while libtorch's module is in
 *     training mode
 * @param parameters by the names that libtorch gives them: those of the encoder begin with {@value
 *     #ENCODER} and a point, those of module i behind it with {@value #MODULE} and the number
 */
public record TrainingProgram(CompiledModel compiled, Map<String, ArchiveTensor> parameters) {
  public static final String ENCODER = "encoder";
  public static final String MODULE = "module_";

  public TrainingProgram {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
