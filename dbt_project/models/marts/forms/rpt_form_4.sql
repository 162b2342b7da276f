{{ form_of_requirements('government') }}
