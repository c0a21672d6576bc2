package org.sbertspark.ml;

import java.util.Optional;
import org.sbertspark.inference.ModelBundle;

/**
 * What a model's location led to.
 *
 * @param revision of a model from the hub: the commit, 40 hexadecimal digits, that its files are of
 */
public record ResolvedModel(ModelBundle bundle, Optional<String> revision) {}
