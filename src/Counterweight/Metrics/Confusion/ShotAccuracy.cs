namespace Counterweight;

/// <summary>The mean recall of classes with many, medium and few training rows.</summary>
/// <param name="Many">The mean recall of classes with many training rows; null if no such class occurs.</param>
/// <param name="Medium">The mean recall of the classes between; null if no such class occurs.</param>
/// <param name="Few">The mean recall of classes with few training rows; null if no such class occurs.</param>
/// <param name="ManyClasses">The number of classes averaged in <paramref name="Many"/>.</param>
/// <param name="MediumClasses">The number of classes averaged in <paramref name="Medium"/>.</param>
/// <param name="FewClasses">The number of classes averaged in <paramref name="Few"/>.</param>
public readonly record struct ShotAccuracy(double? Many, double? Medium, double? Few, int ManyClasses, int MediumClasses, int FewClasses);
